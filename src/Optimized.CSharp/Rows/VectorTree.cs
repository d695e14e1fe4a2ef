using System.Numerics;

namespace NormCheck.Optimized.Rows;

/// <summary>
/// Sums as balanced binary trees: of m terms, each one passes through at most ⌈log₂ m⌉ additions of two numbers that are
/// not zero, so the error is at most (⌈log₂ m⌉ + 1)·u·Σ|term|.
/// </summary>
internal static class VectorTree
{
    /// <summary>Vectors that are added without a call: eight are a tree of three levels in registers.</summary>
    private const int Block = 8;

    public static T Sum<T, TTerms>(TTerms terms)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TTerms : struct, IVectorTerms<T>, allows ref struct
    {
        if (terms.Count == 0)
        {
            return T.Zero;
        }

        Span<T> lanes = stackalloc T[Vector<T>.Count];
        Branch<T, TTerms>(terms, 0, terms.Count).CopyTo(lanes);
        for (var half = lanes.Length / 2; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }

    /// <summary>The terms from <paramref name="first"/> on, lane by lane.</summary>
    private static Vector<T> Branch<T, TTerms>(in TTerms terms, int first, int count)
        where T : unmanaged
        where TTerms : struct, IVectorTerms<T>, allows ref struct
    {
        if (count == Block)
        {
            return terms[first]
                + terms[first + 1]
                + (terms[first + 2] + terms[first + 3])
                + (terms[first + 4] + terms[first + 5] + (terms[first + 6] + terms[first + 7]));
        }

        if (count == 1)
        {
            return terms[first];
        }

        // The largest power of two below the count: left branches are complete trees, so the depth is ⌈log₂ count⌉.
        var left = 1 << BitOperations.Log2((uint)count - 1);
        return Branch<T, TTerms>(terms, first, left)
            + Branch<T, TTerms>(terms, first + left, count - left);
    }
}
