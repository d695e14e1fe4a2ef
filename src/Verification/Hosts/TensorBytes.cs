using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>The bytes of tensors: as they lie in memory, and row-major as they travel.</summary>
internal static class TensorBytes
{
    /// <summary>The bytes from the first to the last element touched.</summary>
    public static Span<byte> Content(Tensor tensor)
    {
        var size = tensor.DType.Size();
        var length = checked((int)(Tensor.Extent(tensor.Shape, tensor.Strides) * size));
        return tensor.Data.Span.Slice(checked((int)(tensor.Offset * size)), length);
    }

    /// <summary>Writes the elements row-major; returns how many bytes that were.</summary>
    public static int Gather(Tensor tensor, Span<byte> target)
    {
        var content = Content(tensor);
        if (tensor.IsContiguous)
        {
            content.CopyTo(target);
            return content.Length;
        }

        var size = tensor.DType.Size();
        var at = 0;
        foreach (var distance in tensor.Distances())
        {
            content.Slice((int)distance * size, size).CopyTo(target[at..]);
            at += size;
        }

        return at;
    }

    /// <summary>Stores elements given row-major where the tensor's strides want them.</summary>
    public static void Scatter(ReadOnlySpan<byte> source, Tensor tensor)
    {
        var content = Content(tensor);
        if (tensor.IsContiguous)
        {
            source[..content.Length].CopyTo(content);
            return;
        }

        var size = tensor.DType.Size();
        var at = 0;
        foreach (var distance in tensor.Distances())
        {
            source.Slice(at, size).CopyTo(content[((int)distance * size)..]);
            at += size;
        }
    }

    /// <summary>True where two tensors are the same memory: an in-place call.</summary>
    public static bool SameMemory(Tensor? left, Tensor? right) =>
        left is not null
        && right is not null
        && left.DType == right.DType
        && Content(left) is var a
        && Content(right) is var b
        && a.Length == b.Length
        && a.Overlaps(b, out var shift)
        && shift == 0;

    /// <summary>The role whose memory an output shares in an in-place call: x for y, dy for dx.</summary>
    public static TensorRole? SharedWith(TensorRole output, TensorSet tensors)
    {
        TensorRole? input = output switch
        {
            TensorRole.Y => TensorRole.X,
            TensorRole.Dx => TensorRole.Dy,
            _ => null,
        };
        return input is { } role && SameMemory(tensors[output], tensors[role]) ? role : null;
    }
}
