using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Layouts;

/// <summary>A tensor of data read and written group by group: the kernels see contiguous rows of numbers.</summary>
internal sealed class GroupTensor<TStored, T, TStorage>(GroupLayout layout, Tensor tensor)
    where TStored : unmanaged
    where T : unmanaged
    where TStorage : IStorage<TStored, T>
{
    private readonly GroupWalk _walk = layout.Walk(tensor);

    private Span<TStored> Memory => MemoryMarshal.Cast<byte, TStored>(tensor.Data.Span);

    public void Read(int block, int sample, Span<T> row) =>
        _walk.Elements.Gather<TStored, T, TStorage>(Memory, _walk.First(block, sample), row);

    public void Write(int block, int sample, ReadOnlySpan<T> row) =>
        _walk.Elements.Scatter<TStored, T, TStorage>(row, Memory, _walk.First(block, sample));
}
