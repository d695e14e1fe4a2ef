using System.Buffers;

namespace NormCheck.Optimized.Scalar.Rows;

/// <summary>A row of working memory from the shared pool. Its content is undefined at first.</summary>
internal sealed class RentedRow<T>(int length) : IDisposable
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(length);

    public Span<T> Span => _array.AsSpan(0, length);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
