using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Backends;

/// <summary>Elements from one tensor to another of the same type and extents. Bits are moved as they are, whatever they mean.</summary>
internal static class TensorCopy
{
    public static void Move(Tensor from, Tensor to)
    {
        switch (from.DType.Size())
        {
            case sizeof(ulong):
                Move<ulong>(from, to);
                break;
            case sizeof(uint):
                Move<uint>(from, to);
                break;
            default:
                Move<ushort>(from, to);
                break;
        }
    }

    private static void Move<T>(Tensor from, Tensor to)
        where T : unmanaged
    {
        if (from.IsContiguous && to.IsContiguous)
        {
            from.Span<T>().CopyTo(to.Span<T>());
            return;
        }

        var row = new T[from.Count];
        AxisWalk.Over(from).Gather<T, T, SameStorage<T>>(from.Span<T>(), 0, row);
        AxisWalk.Over(to).Scatter<T, T, SameStorage<T>>(row, to.Span<T>(), 0);
    }
}
