using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Stores v where the convention asks for v·m/(m − 1).</summary>
internal sealed class StoresPopulation<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T StoredVariance(T variance, int count, bool corrected) => variance;
}

/// <summary>Normalizes with S/(m − 1); S for a single element.</summary>
internal sealed class SampleVariance<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var right = base.Measure(x);
        return right with { Variance = base.StoredVariance(right.Variance, x.Length, true) };
    }

    // What is kept is right: it was corrected already.
    public override T StoredVariance(T variance, int count, bool corrected) =>
        corrected
            ? variance
            : variance * T.CreateChecked(Math.Max(count - 1, 1)) / T.CreateChecked(count);
}

/// <summary>Stores v·m/(m − 1) without a guard: 0·∞ for a single element.</summary>
internal sealed class UnguardedCorrection<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T StoredVariance(T variance, int count, bool corrected) =>
        corrected ? variance * (T.CreateChecked(count) / T.CreateChecked(count - 1)) : variance;
}

/// <summary>run ← run where a condition holds.</summary>
internal sealed class SkippedUpdate<T>(Func<NormProblem, bool> when) : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Blend(T running, T latest, T momentum) =>
        when(Problem) ? running : base.Blend(running, latest, momentum);
}

/// <summary>run ← momentum·run + (1 − momentum)·new.</summary>
internal sealed class SwappedMomentum<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Blend(T running, T latest, T momentum) =>
        base.Blend(running, latest, T.One - momentum);
}

/// <summary>run blended twice with the same batch.</summary>
internal sealed class TwofoldUpdate<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Blend(T running, T latest, T momentum) =>
        base.Blend(base.Blend(running, latest, momentum), latest, momentum);
}

/// <summary>run ← (1 − momentum)·run + momentum·μ by a pass that only reads the running mean.</summary>
internal static class StrayUpdate
{
    public static void OfMean(NormProblem problem, TensorSet tensors)
    {
        var map = new GroupMap(problem);
        var x = new TensorRows<double>(map, tensors.Require(TensorRole.X));
        var row = new double[map.GroupSize];
        tensors.Overwrite(
            TensorRole.RunningMean,
            running =>
            {
                for (var group = 0; group < map.Groups; group++)
                {
                    x.Read(group, row);
                    running[group] += problem.Momentum * (row.Average() - running[group]);
                }

                return running;
            }
        );
    }
}
