using NormCheck.Contract;

namespace NormCheck.Verification.Timing;

/// <summary>Parts of tensors, copied.</summary>
internal static class TensorSlice
{
    /// <summary>The tensor at some indices of one axis, in their order, contiguous.</summary>
    public static Tensor Pick(Tensor tensor, int axis, IReadOnlyList<int> indices)
    {
        int[] extents = [.. tensor.Shape.Extents];
        extents[axis] = indices.Count;
        var part = new Tensor(tensor.DType, new Shape(extents));
        var size = tensor.DType.Size();
        var from = tensor.Data.Span[(int)(tensor.Offset * size)..];
        var to = part.Data.Span;
        var at = 0;

        // The same strides with a pointer that jumps along the axis: distances of the rest, and then the picked index.
        var index = new int[extents.Length];
        while (true)
        {
            long distance = 0;
            for (var k = 0; k < extents.Length; k++)
            {
                distance += tensor.Strides[k] * (k == axis ? indices[index[k]] : index[k]);
            }

            from.Slice((int)(distance * size), size).CopyTo(to[at..]);
            at += size;
            var last = extents.Length - 1;
            while (last >= 0 && ++index[last] == extents[last])
            {
                index[last--] = 0;
            }

            if (last < 0)
            {
                return part;
            }
        }
    }

    /// <summary>Some elements of a contiguous tensor, by row-major number, as a tensor of one axis.</summary>
    public static Tensor Elements(Tensor tensor, IReadOnlyList<int> numbers) =>
        Pick(Reshaped(tensor, new Shape((int)tensor.Count)), 0, numbers);

    /// <summary>The same memory under another shape; the tensor is contiguous.</summary>
    public static Tensor Reshaped(Tensor tensor, Shape shape) =>
        new(tensor.DType, shape, null, tensor.Data, tensor.Offset);
}
