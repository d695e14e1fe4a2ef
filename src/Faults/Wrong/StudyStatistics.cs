using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Mutants of mean, variance, ε and running statistics.</summary>
internal static class StudyStatistics
{
    private static readonly NormOp[] s_centred =
    [
        NormOp.BatchNorm,
        NormOp.LayerNorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
    ];

    private static readonly NormOp[] s_running = [NormOp.BatchNorm, NormOp.BatchRenorm];
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "m1",
            FaultClass.Cancellation,
            "the variance is E[x²] − E[x]², kept from going below 0",
            [Study.Link("M1")],
            s_centred,
            Make.Training,
            () => new ClampedOnePass<float>(),
            () => new ClampedOnePass<double>()
        ),
        Make.Fault(
            "m2",
            FaultClass.Cancellation,
            "the variance is E[x²] − E[x]², which may come out below 0",
            [Study.Link("M2")],
            s_centred,
            Make.Training,
            () => new OnePass<float>(),
            () => new OnePass<double>()
        ),
        Make.Fault(
            "m3a",
            FaultClass.State,
            "the unbiased variance is normalized with",
            [Study.Link("M3")],
            s_centred,
            Make.Training,
            () => new UnbiasedRecipe<float>(),
            () => new UnbiasedRecipe<double>()
        ),
        Make.Fault(
            "m3b",
            FaultClass.State,
            "the unbiased variance is normalized with and the biased one is stored",
            [Study.Link("M3")],
            s_bn,
            Make.Training,
            () => new ExchangedVariances<float>(),
            () => new ExchangedVariances<double>()
        ),
        Make.Around(
            "m5",
            FaultClass.Epsilon,
            "ε is not used",
            [Study.Link("M5")],
            [.. NormOps.All],
            [.. NormPasses.All],
            new() { Problem = problem => problem with { Epsilon = 0 } }
        ),
        Make.Fault(
            "m6",
            FaultClass.Epsilon,
            "ε is added to the standard deviation",
            [Study.Link("M6")],
            [.. NormOps.All],
            [.. NormPasses.All],
            () => new OutsideRoot<float>(),
            () => new OutsideRoot<double>()
        ),
        Make.Around(
            "m7a",
            FaultClass.Epsilon,
            "ε is ten times what is asked",
            [Study.Link("M7")],
            [.. NormOps.All],
            [.. NormPasses.All],
            new() { Problem = problem => problem with { Epsilon = 10 * problem.Epsilon } }
        ),
        Make.Around(
            "m7b",
            FaultClass.Epsilon,
            "ε is 1e-12 as binary32 has it, whatever is asked",
            [Study.Link("M7")],
            [.. NormOps.All],
            [.. NormPasses.All],
            new() { Problem = problem => problem with { Epsilon = 1e-12f } }
        ),
        Make.Fault(
            "m14a",
            FaultClass.Tail,
            "statistics are those of the first half of a group",
            [Study.Link("M14")],
            [.. NormOps.All],
            Make.Training,
            () => new LeadingRecipe<float>(count => (count + 1) / 2),
            () => new LeadingRecipe<double>(count => (count + 1) / 2)
        ),
        Make.Fault(
            "m14b",
            FaultClass.Tail,
            "statistics are those of the first 32 elements of a group",
            [Study.Link("M14")],
            [.. NormOps.All],
            Make.Training,
            () => new LeadingRecipe<float>(count => Math.Min(count, 32)),
            () => new LeadingRecipe<double>(count => Math.Min(count, 32))
        ),
        Make.Fault(
            "m14c",
            FaultClass.Tail,
            "statistics are those of the first 1024 elements of a group",
            [Study.Link("M14")],
            [.. NormOps.All],
            Make.Training,
            () => new LeadingRecipe<float>(count => Math.Min(count, 1024)),
            () => new LeadingRecipe<double>(count => Math.Min(count, 1024))
        ),
        Make.Fault(
            "m19",
            FaultClass.State,
            "each group is normalized with the statistics of the group before",
            [Study.Link("M19")],
            s_centred,
            Make.Training,
            () => new StatisticsOfPrevious<float>(),
            () => new StatisticsOfPrevious<double>()
        ),
        Make.Fault(
            "m20",
            FaultClass.State,
            "the mean of the first sample is used for all samples",
            [Study.Link("M20")],
            [NormOp.InstanceNorm, NormOp.GroupNorm],
            Make.Training,
            () => new MeanOfFirstSample<float>(),
            () => new MeanOfFirstSample<double>()
        ),
        Make.Around(
            "m29",
            FaultClass.State,
            "momentum is the weight of the old running value",
            [Study.Link("M29")],
            s_running,
            Make.Training,
            new() { Problem = problem => problem with { Momentum = 1 - problem.Momentum } }
        ),
        Make.Fault(
            "m30",
            FaultClass.State,
            "the running variance takes in the biased variance",
            [Study.Link("M30")],
            s_bn,
            Make.Training,
            () => new StoresPopulation<float>(),
            () => new StoresPopulation<double>()
        ),
        Make.Fault(
            "m31",
            FaultClass.Degenerate,
            "the running variance of a single element is divided by 0",
            [Study.Link("M31")],
            s_bn,
            Make.Training,
            () => new UnguardedCorrection<float>(),
            () => new UnguardedCorrection<double>()
        ),
    ];

    private sealed class ExchangedVariances<T> : UnbiasedRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Variance(ReadOnlySpan<T> x, T mean) =>
            x.Length > 1 ? base.Variance(x, mean) : T.Zero;

        public override T StoredVariance(T variance, int count, bool corrected) =>
            variance * T.CreateChecked(Math.Max(count - 1, 1)) / T.CreateChecked(count);
    }

    private sealed class StatisticsOfPrevious<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k) => Math.Max(group - 1, 0);
    }

    private sealed class MeanOfFirstSample<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k) => group % (Groups / Problem.Shape[0]);

        protected override GroupStatistics<T> Mix(
            in GroupStatistics<T> own,
            in GroupStatistics<T> other
        ) => own with { Mean = other.Mean, Origin = other.Origin, Offset = other.Offset };
    }
}
