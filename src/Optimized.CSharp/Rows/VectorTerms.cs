using System.Numerics;
using System.Runtime.InteropServices;

namespace NormCheck.Optimized.Rows;

/// <summary>The terms of a sum, a vector at a time; the last vector is filled up with zeros.</summary>
internal interface IVectorTerms<T>
    where T : unmanaged
{
    /// <summary>Number of vectors.</summary>
    int Count { get; }

    Vector<T> this[int position] { get; }
}

/// <summary>aᵢ.</summary>
internal readonly ref struct PlainTerms<T>(ReadOnlySpan<T> a) : IVectorTerms<T>
    where T : unmanaged
{
    private readonly ReadOnlySpan<Vector<T>> _whole = MemoryMarshal.Cast<T, Vector<T>>(a);
    private readonly Vector<T> _last = LastVector.Of(a);

    public int Count { get; } = LastVector.CountWith(a.Length, Vector<T>.Count);

    public Vector<T> this[int position] => position < _whole.Length ? _whole[position] : _last;
}

/// <summary>aᵢ·bᵢ.</summary>
internal readonly ref struct ProductTerms<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) : IVectorTerms<T>
    where T : unmanaged
{
    private readonly ReadOnlySpan<Vector<T>> _left = MemoryMarshal.Cast<T, Vector<T>>(a);
    private readonly ReadOnlySpan<Vector<T>> _right = MemoryMarshal.Cast<T, Vector<T>>(
        b[..a.Length]
    );
    private readonly Vector<T> _last = LastVector.Of(a) * LastVector.Of(b[..a.Length]);

    public int Count { get; } = LastVector.CountWith(a.Length, Vector<T>.Count);

    public Vector<T> this[int position] =>
        position < _left.Length ? _left[position] * _right[position] : _last;
}

internal static class LastVector
{
    /// <summary>The elements behind the last whole vector, filled up with zeros.</summary>
    public static Vector<T> Of<T>(ReadOnlySpan<T> row)
        where T : unmanaged
    {
        var rest = row.Length % Vector<T>.Count;
        if (rest == 0)
        {
            return Vector<T>.Zero;
        }

        Span<T> lanes = stackalloc T[Vector<T>.Count];
        lanes.Clear();
        row[^rest..].CopyTo(lanes);
        return new Vector<T>(lanes);
    }

    /// <summary>Number of vectors that hold so many elements.</summary>
    public static int CountWith(int elements, int lanes) => (elements + lanes - 1) / lanes;
}
