using System.Numerics;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>The element-wise steps with a fused multiply-add for every product that is added to something.</summary>
internal static class Fused
{
    public static T Apply<T>(T normalized, in GroupStatistics<T> statistics, T gamma, T beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.FusedMultiplyAdd(gamma, Correct(normalized, statistics), beta);

    public static T Correct<T>(T normalized, in GroupStatistics<T> statistics)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.FusedMultiplyAdd(normalized, statistics.R, statistics.D);

    public static T Gradient<T>(
        T g,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        statistics.InverseStd
        * statistics.R
        * T.FusedMultiplyAdd(-normalized, means.Correlation, g - means.Gradient);
}

/// <summary>Fused multiply-adds in sequential sums of products and in every element-wise step.</summary>
internal sealed class FusedRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        var sum = T.Zero;
        for (var i = 0; i < a.Length; i++)
        {
            sum = T.FusedMultiplyAdd(a[i], b[i], sum);
        }

        return sum;
    }

    public override T Correct(T normalized, in GroupStatistics<T> statistics) =>
        Fused.Correct(normalized, statistics);

    public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
        Fused.Apply(Normalize(x, statistics), statistics, gamma, beta);

    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => Fused.Gradient(g, normalized, statistics, means);
}

/// <summary>The same over several lanes.</summary>
internal sealed class FusedLanesRecipe<T>(int lanes) : LanesRecipe<T>(lanes)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        Span<T> sums = stackalloc T[Lanes];
        sums.Clear();
        for (var first = 0; first < a.Length; first += sums.Length)
        {
            var filled = Math.Min(sums.Length, a.Length - first);
            for (var lane = 0; lane < filled; lane++)
            {
                var i = first + lane;
                sums[lane] = T.FusedMultiplyAdd(a[i], b[i], sums[lane]);
            }
        }

        return Sum(sums);
    }

    public override T Correct(T normalized, in GroupStatistics<T> statistics) =>
        Fused.Correct(normalized, statistics);

    public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
        Fused.Apply(Normalize(x, statistics), statistics, gamma, beta);

    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => Fused.Gradient(g, normalized, statistics, means);
}
