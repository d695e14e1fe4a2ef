using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>What tampering with tensors is made of.</summary>
internal static class Tensors
{
    /// <summary>The set with another tensor in one place; the other tensors are shared.</summary>
    public static TensorSet With(this TensorSet tensors, TensorRole role, Tensor? tensor)
    {
        var changed = new TensorSet();
        foreach (var each in tensors.Roles)
        {
            changed[each] = tensors[each];
        }

        changed[role] = tensor;
        return changed;
    }

    /// <summary>The set with the values of an input changed in a copy, number by number in row-major order.</summary>
    public static TensorSet Change(
        this TensorSet tensors,
        TensorRole role,
        Func<double[], double[]> change
    )
    {
        if (tensors[role] is not { } tensor)
        {
            return tensors;
        }

        var copy = new Tensor(tensor.DType, tensor.Shape);
        copy.CopyFrom(change(tensor.ToDoubles()));
        return tensors.With(role, copy);
    }

    /// <summary>The same memory taken for a contiguous tensor of that shape: strides are ignored.</summary>
    public static Tensor AsContiguous(this Tensor tensor, Shape? shape = null) =>
        new(tensor.DType, shape ?? tensor.Shape, null, tensor.Data, tensor.Offset);

    /// <summary>Overwrites a tensor that is there, number by number in row-major order.</summary>
    public static void Overwrite(
        this TensorSet tensors,
        TensorRole role,
        Func<double[], double[]> change
    )
    {
        if (tensors[role] is { } tensor)
        {
            tensor.CopyFrom(change(tensor.ToDoubles()));
        }
    }
}
