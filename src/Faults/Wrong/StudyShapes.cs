using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Mutants that depend on the shape: tails, padding, strides, sizes at which a kernel takes another path.</summary>
internal static class StudyShapes
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormOp[] s_rows = [NormOp.LayerNorm, NormOp.RmsNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "m11a",
            FaultClass.Tail,
            "every sum stops one term short",
            ["linkedin/Liger-Kernel#518"],
            [.. NormOps.All],
            Make.Training,
            () => new LastTermDropped<float>(),
            () => new LastTermDropped<double>()
        ),
        Make.Fault(
            "m11b",
            FaultClass.Tail,
            "no sum has the terms after the last vector of 4",
            ["linkedin/Liger-Kernel#518"],
            [.. NormOps.All],
            Make.Training,
            () => new DroppedTailRecipe<float>(4),
            () => new DroppedTailRecipe<double>(4)
        ),
        Make.Fault(
            "m11c",
            FaultClass.Tail,
            "no sum has the terms after the last vector of 8, in the backward alone",
            ["linkedin/Liger-Kernel#518"],
            [.. NormOps.All],
            [NormPass.BackwardTraining],
            () => new DroppedTailRecipe<float>(8),
            () => new DroppedTailRecipe<double>(8)
        ),
        Make.Fault(
            "m12",
            FaultClass.Tail,
            "rows are padded with zeros to vectors of 8, and the zeros count as members",
            ["tenstorrent/tt-metal#34584"],
            s_rows,
            Make.Training,
            () => new PaddedRecipe<float>(8, Padding.All),
            () => new PaddedRecipe<double>(8, Padding.All)
        ),
        Make.Fault(
            "m13",
            FaultClass.Tail,
            "sums are divided by the width rounded up to vectors of 8",
            [Study.Link("M13")],
            s_rows,
            Make.Training,
            () => new PaddedRecipe<float>(8, Padding.MeanDivisor | Padding.VarianceDivisor),
            () => new PaddedRecipe<double>(8, Padding.MeanDivisor | Padding.VarianceDivisor)
        ),
        Make.Fault(
            "m22",
            FaultClass.Memory,
            "the last vector of 8 is loaded whole and masked by multiplying with 0, which keeps a NaN from past the end",
            ["mutation study M22"],
            s_ln,
            Make.Training,
            () => new WholeVectors<float>(),
            () => new WholeVectors<double>()
        ),
        Make.Around(
            "m23",
            FaultClass.Layout,
            "the strides of dy are not looked at",
            ["unslothai/unsloth#10617"],
            [NormOp.BatchNorm, NormOp.BatchRenorm, NormOp.InstanceNorm, NormOp.GroupNorm],
            Make.Backward,
            new()
            {
                Inputs = (_, tensors) =>
                    tensors.With(TensorRole.Dy, tensors.Require(TensorRole.Dy).AsContiguous()),
            }
        ),
        Make.Fault(
            "m26a",
            FaultClass.Memory,
            "groups are done two at a time, and an odd one at the end is never written",
            [Study.Link("M26")],
            [NormOp.InstanceNorm, NormOp.GroupNorm, .. s_rows],
            Make.Training,
            () => new ReachRecipe<float>(groups => groups / 2 * 2),
            () => new ReachRecipe<double>(groups => groups / 2 * 2)
        ),
        Make.Fault(
            "m26b",
            FaultClass.Memory,
            "the last element of each group is never written",
            [Study.Link("M26")],
            [.. NormOps.All],
            [.. NormPasses.All],
            () => new WrittenRecipe<float>(count => count - 1),
            () => new WrittenRecipe<double>(count => count - 1)
        ),
        Make.Fault(
            "m34",
            FaultClass.Cancellation,
            "a batch of one takes a path of its own, in which the variance is E[x²] − E[x]²",
            ["pytorch/pytorch#149301"],
            [NormOp.LayerNorm, NormOp.GroupNorm],
            Make.Training,
            () => BatchOfOne<float>(),
            () => BatchOfOne<double>()
        ),
        Make.Fault(
            "m39",
            FaultClass.Axis,
            "from three axes on the backward counts rows along the last axis only, so it reads past the end of the saved statistics",
            ["flagos-ai/FlagGems#5392"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new RowsOfLastAxis<float>(),
            () => new RowsOfLastAxis<double>()
        ),
        Make.Fault(
            "m40",
            FaultClass.Tail,
            "rows wider than 2048 are done in blocks of 2048, and the last block's statistics weigh as much as a whole one's",
            ["tenstorrent/tt-metal#27126", "tenstorrent/tt-metal#30537"],
            s_ln,
            Make.Training,
            () => new EqualBlocks<float>(),
            () => new EqualBlocks<double>()
        ),
    ];

    private static Branch BatchOfOne<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(problem => problem.Shape[0] == 1, new ClampedOnePass<T>(), new Recipe<T>());

    private sealed class LastTermDropped<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Sum(ReadOnlySpan<T> terms) => base.Sum(terms[..^1]);
    }

    /// <summary>μ = (Σx + Σ0·x′)/m, where x′ are the numbers in memory up to the next multiple of 8.</summary>
    private sealed class WholeVectors<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Width = 8;
        private Tensor _x = null!;
        private int _group;

        public override void Compute(NormProblem problem, GroupMap map, TensorSet tensors)
        {
            _x = tensors.Require(TensorRole.X);
            base.Compute(problem, map, tensors);
        }

        public override void Enter(int group) => _group = group;

        public override T Mean(ReadOnlySpan<T> x)
        {
            var sum = Sum(x);
            for (var lane = x.Length; lane % Width != 0; lane++)
            {
                sum += T.Zero * T.CreateTruncating(_x.Read((_group * x.Length) + lane));
            }

            return sum / Count(x);
        }
    }

    private sealed class RowsOfLastAxis<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k) =>
            Problem.Saved && Problem.Rank > 2
                ? ((group * GroupSize) + k) / Problem.Shape[Problem.Rank - 1]
                : group;
    }

    /// <summary>μ = Σμ_b/B and v = Σ(v_b + (μ_b − μ)²)/B over B blocks.</summary>
    private sealed class EqualBlocks<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Block = 2048;

        public override Moments<T> Measure(ReadOnlySpan<T> x)
        {
            var (mean, variance, blocks) = (T.Zero, T.Zero, T.Zero);
            for (var first = 0; first < x.Length; first += Block)
            {
                mean += Mean(Part(x, first));
                blocks += T.One;
            }

            mean /= blocks;
            for (var first = 0; first < x.Length; first += Block)
            {
                variance += Variance(Part(x, first), mean);
            }

            return new(mean, T.Zero, variance / blocks);
        }

        private static ReadOnlySpan<T> Part(ReadOnlySpan<T> x, int first) =>
            x.Slice(first, Math.Min(Block, x.Length - first));
    }
}
