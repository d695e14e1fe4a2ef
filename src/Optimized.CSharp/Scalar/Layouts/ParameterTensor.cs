using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Layouts;

/// <summary>Tensors beside the data (γ, β, their gradients, statistics) as arrays in row-major order.</summary>
internal static class ParameterTensor
{
    public static T[] Read<T>(Tensor tensor)
        where T : unmanaged
    {
        var values = new T[tensor.Count];
        AxisWalk
            .Over(tensor)
            .Gather<T, T, SameStorage<T>>(
                MemoryMarshal.Cast<byte, T>(tensor.Data.Span),
                tensor.Offset,
                values
            );
        return values;
    }

    public static void Write<T>(Tensor tensor, ReadOnlySpan<T> values)
        where T : unmanaged =>
        AxisWalk
            .Over(tensor)
            .Scatter<T, T, SameStorage<T>>(
                values,
                MemoryMarshal.Cast<byte, T>(tensor.Data.Span),
                tensor.Offset
            );
}
