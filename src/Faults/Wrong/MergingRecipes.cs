using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>A recipe that has the samples of a batch on two ranks, the odd one on the first.</summary>
internal abstract class TwoRanks<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many of the elements of a channel are on the first rank. The members of a group begin with N.</summary>
    protected int First(int count) => (Problem.Shape[0] + 1) / 2 * (count / Problem.Shape[0]);
}

/// <summary>A and B as the mean of two ranks' means, whatever their numbers of samples.</summary>
internal sealed class UnweightedGradientMeans<T> : TwoRanks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GradientMeans<T> Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        bool centred
    )
    {
        var first = First(g.Length);
        if (first == g.Length)
        {
            return base.Project(g, normalized, centred);
        }

        var a = base.Project(g[..first], normalized[..first], centred);
        var b = base.Project(g[first..], normalized[first..], centred);
        var two = T.One + T.One;
        return new((a.Gradient + b.Gradient) / two, (a.Correlation + b.Correlation) / two);
    }
}

/// <summary>μ = (μ₁ + μ₂)/2 and v = (v₁ + v₂)/2 + ((μ₁ − μ₂)/2)², as if two ranks had equally many samples.</summary>
internal sealed class UnweightedMoments<T> : TwoRanks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var first = First(x.Length);
        if (first == x.Length)
        {
            return base.Measure(x);
        }

        var a = base.Measure(x[..first]);
        var b = base.Measure(x[first..]);
        var two = T.One + T.One;
        var half = (a.Mean - b.Mean) / two;
        return new(
            (a.Mean / two) + (b.Mean / two),
            T.Zero,
            ((a.Variance + b.Variance) / two) + (half * half)
        );
    }
}

/// <summary>Stores v·n/(n − 1) with the n of the first rank, not of the whole batch.</summary>
internal sealed class LocalCorrection<T> : TwoRanks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T StoredVariance(T variance, int count, bool corrected) =>
        base.StoredVariance(variance, First(count), corrected);
}
