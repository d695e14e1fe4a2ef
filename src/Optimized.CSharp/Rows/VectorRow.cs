using System.Numerics;
using System.Runtime.InteropServices;

namespace NormCheck.Optimized.Rows;

/// <summary>
/// The same arithmetic on the lanes of <see cref="Vector{T}"/>; <see cref="ScalarRow{T}"/> does the last elements that
/// do not fill a vector. Sums are balanced trees: see <see cref="VectorTree"/>.
/// </summary>
internal readonly struct VectorRow<T> : IRowMath<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A chain of so few terms is no deeper than a tree may be: m − 1 ≤ ⌈log₂ m⌉ + 1 up to m = 5.</summary>
    private const int ShortChain = 5;

    public static T Sum(ReadOnlySpan<T> a) =>
        a.Length <= ShortChain ? ScalarRow<T>.Sum(a) : VectorTree.Sum<T, PlainTerms<T>>(new(a));

    public static T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b) =>
        a.Length <= ShortChain
            ? ScalarRow<T>.SumOfProducts(a, b)
            : VectorTree.Sum<T, ProductTerms<T>>(new(a, b));

    public static (T Least, T Greatest) Range(ReadOnlySpan<T> a)
    {
        var vectors = Vectors(a);
        if (vectors.Length == 0)
        {
            return ScalarRow<T>.Range(a);
        }

        // The last vector overlaps the one before it where the length is no multiple of the lane count.
        var least = new Vector<T>(a[^Vector<T>.Count..]);
        var greatest = least;
        foreach (var vector in vectors)
        {
            least = Vector.Min(least, vector);
            greatest = Vector.Max(greatest, vector);
        }

        Span<T> lanes = stackalloc T[2 * Vector<T>.Count];
        least.CopyTo(lanes);
        greatest.CopyTo(lanes[Vector<T>.Count..]);
        return ScalarRow<T>.Range(lanes);
    }

    public static void Add(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result)
    {
        var left = Vectors(a);
        var right = Vectors(b);
        var into = Vectors(result);
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = left[i] + right[i];
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.Add(a[done..], b[done..], result[done..]);
    }

    public static void Subtract(ReadOnlySpan<T> a, T s, Span<T> result)
    {
        var left = Vectors(a);
        var into = Vectors(result);
        var every = new Vector<T>(s);
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = left[i] - every;
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.Subtract(a[done..], s, result[done..]);
    }

    public static void Scale(ReadOnlySpan<T> a, T s, Span<T> result)
    {
        var left = Vectors(a);
        var into = Vectors(result);
        var every = new Vector<T>(s);
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = left[i] * every;
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.Scale(a[done..], s, result[done..]);
    }

    public static void ScaleShift(ReadOnlySpan<T> a, T s, T t, Span<T> result)
    {
        var left = Vectors(a);
        var into = Vectors(result);
        var (factor, summand) = (new Vector<T>(s), new Vector<T>(t));
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = (left[i] * factor) + summand;
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.ScaleShift(a[done..], s, t, result[done..]);
    }

    public static void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result)
    {
        var left = Vectors(a);
        var right = Vectors(b);
        var into = Vectors(result);
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = left[i] * right[i];
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.Multiply(a[done..], b[done..], result[done..]);
    }

    public static void MultiplyAdd(
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        Span<T> result
    )
    {
        var left = Vectors(a);
        var right = Vectors(b);
        var summand = Vectors(c);
        var into = Vectors(result);
        for (var i = 0; i < left.Length; i++)
        {
            into[i] = (left[i] * right[i]) + summand[i];
        }

        var done = left.Length * Vector<T>.Count;
        ScalarRow<T>.MultiplyAdd(a[done..], b[done..], c[done..], result[done..]);
    }

    public static void Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        T p,
        T q,
        T s,
        Span<T> result
    )
    {
        var gradient = Vectors(g);
        var along = Vectors(normalized);
        var into = Vectors(result);
        var (mean, correlation, factor) = (new Vector<T>(p), new Vector<T>(q), new Vector<T>(s));
        for (var i = 0; i < gradient.Length; i++)
        {
            into[i] = factor * (gradient[i] - mean - (along[i] * correlation));
        }

        var done = gradient.Length * Vector<T>.Count;
        ScalarRow<T>.Project(g[done..], normalized[done..], p, q, s, result[done..]);
    }

    private static ReadOnlySpan<Vector<T>> Vectors(ReadOnlySpan<T> row) =>
        MemoryMarshal.Cast<T, Vector<T>>(row);

    private static Span<Vector<T>> Vectors(Span<T> row) => MemoryMarshal.Cast<T, Vector<T>>(row);
}
