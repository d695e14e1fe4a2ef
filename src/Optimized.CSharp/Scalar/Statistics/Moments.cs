using System.Numerics;
using NormCheck.Optimized.Scalar.Rows;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>Mean and variance of a row in two passes: the mean first, then the squares of the deviations from it.</summary>
internal static class Moments<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>
    /// μ₁ = μ₀ + Σ(x − μ₀)/m with μ₀ = Σx/m. The second sum is small, so its rounding errors are too. A mean lies between
    /// the smallest and the largest element, and rounding (or an overflow of Σx) must not push it out: the mean of a
    /// constant row is exactly that constant. An infinite mean (of a row with an ∞) stays as it is.
    /// </summary>
    /// <param name="x">At least one element.</param>
    /// <param name="centred">Receives x − μ₁.</param>
    public static T Centre(ReadOnlySpan<T> x, Span<T> centred)
    {
        var count = T.CreateChecked(x.Length);
        var (least, greatest) = ScalarRow<T>.Range(x);
        var mean = Clamp(ScalarRow<T>.Sum(x) / count);
        ScalarRow<T>.Subtract(x, mean, centred);
        if (T.IsFinite(mean))
        {
            mean = Clamp(mean + (ScalarRow<T>.Sum(centred) / count));
            ScalarRow<T>.Subtract(x, mean, centred);
        }

        return mean;

        // Minimum and maximum of IEEE 754 hand on a NaN, whichever side it is on.
        T Clamp(T value) => T.Max(least, T.Min(greatest, value));
    }

    /// <summary>Σa²/m.</summary>
    public static double MeanSquare(ReadOnlySpan<T> a) =>
        double.CreateChecked(ScalarRow<T>.SumOfProducts(a, a)) / a.Length;
}
