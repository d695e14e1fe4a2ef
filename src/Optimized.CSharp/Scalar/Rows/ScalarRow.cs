using System.Numerics;

namespace NormCheck.Optimized.Scalar.Rows;

/// <summary>One element after the other, in order: the readable baseline. A sum of m terms is a chain of m additions.</summary>
internal readonly struct ScalarRow<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Σ aᵢ.</summary>
    public static T Sum(ReadOnlySpan<T> a)
    {
        var sum = T.Zero;
        foreach (var value in a)
        {
            sum += value;
        }

        return sum;
    }

    /// <summary>Σ aᵢ·bᵢ.</summary>
    public static T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        var sum = T.Zero;
        b = b[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    public static (T Least, T Greatest) Range(ReadOnlySpan<T> a)
    {
        var least = a[0];
        var greatest = a[0];
        foreach (var value in a)
        {
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }

        return (least, greatest);
    }

    /// <summary>aᵢ + bᵢ.</summary>
    public static void Add(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result)
    {
        b = b[..a.Length];
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = a[i] + b[i];
        }
    }

    /// <summary>aᵢ − s.</summary>
    public static void Subtract(ReadOnlySpan<T> a, T s, Span<T> result)
    {
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = a[i] - s;
        }
    }

    /// <summary>aᵢ·s.</summary>
    public static void Scale(ReadOnlySpan<T> a, T s, Span<T> result)
    {
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = a[i] * s;
        }
    }

    /// <summary>aᵢ·s + t.</summary>
    public static void ScaleShift(ReadOnlySpan<T> a, T s, T t, Span<T> result)
    {
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = (a[i] * s) + t;
        }
    }

    /// <summary>aᵢ·bᵢ.</summary>
    public static void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result)
    {
        b = b[..a.Length];
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = a[i] * b[i];
        }
    }

    /// <summary>aᵢ·bᵢ + cᵢ.</summary>
    public static void MultiplyAdd(
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        Span<T> result
    )
    {
        b = b[..a.Length];
        c = c[..a.Length];
        result = result[..a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            result[i] = (a[i] * b[i]) + c[i];
        }
    }

    /// <summary>s·((gᵢ − p) − x̂ᵢ·q): what is left of a gradient without its share along 1 (p) and along x̂ (q).</summary>
    public static void Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        T p,
        T q,
        T s,
        Span<T> result
    )
    {
        normalized = normalized[..g.Length];
        result = result[..g.Length];
        for (var i = 0; i < g.Length; i++)
        {
            result[i] = s * (g[i] - p - (normalized[i] * q));
        }
    }
}
