using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Inference with √(σ + ε): the running σ taken for a variance.</summary>
internal sealed class StdTakenForVariance<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Frozen(T mean, T spread, T epsilon, bool renorm) =>
        base.Frozen(mean, spread, epsilon, false);
}

/// <summary>Inference with √(σ² + ε), though the running σ = √(v + ε) has its ε.</summary>
internal sealed class TwofoldEpsilon<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Frozen(T mean, T spread, T epsilon, bool renorm) =>
        base.Frozen(mean, spread * spread, epsilon, false);
}

/// <summary>run ← (1 − momentum)·run + momentum·(v + ε), where run is a σ.</summary>
internal sealed class StoresVariance<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // r and d are made with the right σ; only what is kept is another one.
    public override GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    ) =>
        base.Renormalize(batch, runningMean, runningStd, rMax, dMax) with
        {
            Std = batch.Std * batch.Std,
        };
}

/// <summary>r and d with √(run + ε), where run is a σ.</summary>
internal sealed class StdTakenForVarianceInTraining<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    ) => base.Renormalize(batch, runningMean, T.Sqrt(runningStd + Epsilon), rMax, dMax);
}

/// <summary>d = (μ_B − μ)/(σ + ε).</summary>
internal sealed class EpsilonInShift<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    ) =>
        base.Renormalize(batch, runningMean, runningStd, rMax, dMax) with
        {
            D = T.Clamp((batch.Mean - runningMean) / (runningStd + Epsilon), -dMax, dMax),
        };
}

/// <summary>d = (μ_B − μ)/σ_B.</summary>
internal sealed class BatchStdInShift<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    ) =>
        base.Renormalize(batch, runningMean, runningStd, rMax, dMax) with
        {
            D = T.Clamp((batch.Mean - runningMean) / batch.Std, -dMax, dMax),
        };
}

/// <summary>
/// dx + (B·x̂ + A)/σ: the gradient also through r = σ_B/σ and d = (μ_B − μ)/σ, each where it is not clipped.
/// </summary>
internal sealed class ThroughCorrections<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T _throughR;
    private T _throughD;

    // The group that is corrected is the one whose gradient is taken next.
    public override GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    )
    {
        var right = base.Renormalize(batch, runningMean, runningStd, rMax, dMax);
        _throughR = right.R == batch.Std / runningStd ? T.One / runningStd : T.Zero;
        _throughD = T.Abs(right.D) < dMax ? T.One / runningStd : T.Zero;
        return right;
    }

    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) =>
        base.Gradient(g, x, normalized, statistics, means)
        + (normalized * means.Correlation * _throughR)
        + (means.Gradient * _throughD);
}
