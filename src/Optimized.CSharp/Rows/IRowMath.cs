using System.Numerics;

namespace NormCheck.Optimized.Rows;

/// <summary>
/// The arithmetic of one group on contiguous rows. The backends differ in nothing else. All rows of a call have the same
/// length; <c>result</c> may be one of the inputs.
/// </summary>
internal interface IRowMath<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Σ aᵢ.</summary>
    static abstract T Sum(ReadOnlySpan<T> a);

    /// <summary>Σ aᵢ·bᵢ.</summary>
    static abstract T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b);

    /// <summary>Smallest and largest element of a row of at least one. Unspecified where an element is NaN.</summary>
    static abstract (T Least, T Greatest) Range(ReadOnlySpan<T> a);

    /// <summary>aᵢ + bᵢ.</summary>
    static abstract void Add(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result);

    /// <summary>aᵢ − s.</summary>
    static abstract void Subtract(ReadOnlySpan<T> a, T s, Span<T> result);

    /// <summary>aᵢ·s.</summary>
    static abstract void Scale(ReadOnlySpan<T> a, T s, Span<T> result);

    /// <summary>aᵢ·s + t.</summary>
    static abstract void ScaleShift(ReadOnlySpan<T> a, T s, T t, Span<T> result);

    /// <summary>aᵢ·bᵢ.</summary>
    static abstract void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result);

    /// <summary>aᵢ·bᵢ + cᵢ.</summary>
    static abstract void MultiplyAdd(
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        Span<T> result
    );

    /// <summary>s·((gᵢ − p) − x̂ᵢ·q): what is left of a gradient without its share along 1 (p) and along x̂ (q).</summary>
    static abstract void Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        T p,
        T q,
        T s,
        Span<T> result
    );
}
