using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>v = Σx²/m − μ².</summary>
internal class OnePass<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var mean = Mean(x);
        return new(mean, T.Zero, (SumOfProducts(x, x) / Count(x)) - (mean * mean));
    }
}

/// <summary>v = max(Σx²/m − μ², 0): no NaN, and still noise.</summary>
internal sealed class ClampedOnePass<T> : OnePass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var moments = base.Measure(x);
        return moments with { Variance = T.Max(moments.Variance, T.Zero) };
    }
}

/// <summary>v = Σx²/m − μ² with four sums side by side.</summary>
internal sealed class FourLaneOnePass<T> : OnePass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        Span<T> lanes = [T.Zero, T.Zero, T.Zero, T.Zero];
        for (var i = 0; i < terms.Length; i++)
        {
            lanes[i % 4] += terms[i];
        }

        return lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
    }
}

/// <summary>v = Σx²/m − μ² and 1/√v = 0 where v is negative.</summary>
internal sealed class ZeroRootOnePass<T> : OnePass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T InverseStd(T variance, T epsilon) =>
        variance + epsilon < T.Zero ? T.Zero : base.InverseStd(variance, epsilon);
}

/// <summary>v = Σx²/m − μ², then x̂ by a division by √(v + ε), as a chain of separate operators.</summary>
internal sealed class DividingOnePass<T> : OnePass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        Deviation(x, statistics) / statistics.Std;
}

/// <summary>
/// y = γ·fma(x, a, b) + β with a = 1/σ and b = −μ·a: what b lost in rounding stays in the result, for x = μ too.
/// </summary>
internal sealed class FoldedMean<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        T.FusedMultiplyAdd(x, statistics.InverseStd, -statistics.Mean * statistics.InverseStd);
}

/// <summary>The same in a backward, where only dγ takes its x̂ so: Σ dy·fma(x, a, b).</summary>
internal sealed class FoldedScaleGradient<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Recall(T x, in GroupStatistics<T> statistics, T gamma) =>
        T.FusedMultiplyAdd(x, statistics.InverseStd, -statistics.Mean * statistics.InverseStd);

    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => base.Gradient(g, x, Normalize(x, statistics), statistics, means);
}

/// <summary>y = γ(x·a + b) + β with b = −μ·a kept in the type of the data.</summary>
internal sealed class StoredFoldedMean<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        (x * statistics.InverseStd) + Stored(-statistics.Mean * statistics.InverseStd);
}

/// <summary>Squares in binary64 around a mean that binary32 summed from the first element to the last.</summary>
internal sealed class WideSquaresOnly : Recipe<float>
{
    public override float Variance(ReadOnlySpan<float> x, float mean)
    {
        double squares = 0;
        foreach (var value in x)
        {
            squares += ((double)value - mean) * ((double)value - mean);
        }

        return (float)(squares / x.Length);
    }
}
