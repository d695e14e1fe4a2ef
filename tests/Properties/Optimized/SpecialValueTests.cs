using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>What the documentation of the static classes says about values that are no ordinary ones.</summary>
public class SpecialValueTests
{
    private static readonly int[][] s_channelShapes =
    [
        [2, 6, 7],
        [3, 4, 2741],
        [40, 6, 1],
    ];

    private static readonly int[][] s_rowShapes =
    [
        [5, 7],
        [3, 8219],
    ];

    public static TheoryData<NormOp, DType> OpsAndTypes => ReproducibilityProperties.OpsAndTypes;

    /// <summary>Every element is 0.1 as the type has it, whose sums round.</summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void A_constant_group_gives_beta_and_NaN_without_epsilon(NormOp op, DType dtype)
    {
        foreach (
            var problem in Forwards(op, dtype)
                .Where(problem => problem.Pass == NormPass.ForwardTraining)
                .Select(problem => problem with { RMax = 1, DMax = 0 })
        )
        {
            foreach (var tier in Cells.Tiers)
            {
                // RMS norm has no mean to subtract: what is constant to it is 0.
                var tensors = Seeded.Tensors(problem);
                tensors[TensorRole.Gamma]?.CopyFrom([.. Ones(tensors.Require(TensorRole.Gamma))]);
                tensors[TensorRole.Beta]
                    ?.CopyFrom(new double[tensors.Require(TensorRole.Beta).Count]);
                var x = tensors.Require(TensorRole.X);
                x.CopyFrom([.. Ones(x).Select(one => op == NormOp.RmsNorm ? 0 : 0.1 * one)]);
                var own = tensors.Clone();
                StaticCalls.Run(problem, own, tier, threads: 0);
                Assert.All(own.Require(TensorRole.Y).ToDoubles(), y => Assert.Equal(0.0, y));

                var bare = problem with { Epsilon = 0 };
                StaticCalls.Run(bare, tensors, tier, threads: 0);
                Assert.All(
                    tensors.Require(TensorRole.Y).ToDoubles(),
                    y => Assert.Equal(double.NaN, y)
                );
            }
        }
    }

    /// <summary>The first element of x is not finite. In inference it spoils itself alone; RMS norm divides by an ∞.</summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void What_is_not_finite_stays_in_its_group(NormOp op, DType dtype)
    {
        foreach (var problem in Forwards(op, dtype))
        {
            foreach (var value in new[] { double.NaN, double.PositiveInfinity })
            {
                foreach (var tier in Cells.Tiers)
                {
                    var tensors = Seeded.Tensors(problem);
                    var clean = tensors.Clone();
                    StaticCalls.Run(problem, clean, tier, threads: 0);
                    tensors.Require(TensorRole.X).Write(0, value);
                    StaticCalls.Run(problem, tensors, tier, threads: 0);
                    StaysInGroup(problem, clean, tensors, value);
                }
            }
        }
    }

    private static void StaysInGroup(
        NormProblem problem,
        TensorSet clean,
        TensorSet spoilt,
        double spoiltBy
    )
    {
        var (before, after) = (
            clean.Require(TensorRole.Y).ToDoubles(),
            spoilt.Require(TensorRole.Y).ToDoubles()
        );
        for (var i = 0; i < before.Length; i++)
        {
            var inGroup = problem.Pass.IsInference() ? i == 0 : Groups.Of(problem, i) == 0;
            var holds =
                !inGroup ? before[i].Equals(after[i])
                : spoiltBy == double.PositiveInfinity && problem.Op == NormOp.RmsNorm && i > 0
                    ? after[i] == 0
                : !double.IsFinite(after[i]);
            Assert.True(holds, $"{ProblemText.Print(problem)}: y[{i}] is {after[i]}");
        }
    }

    private static IEnumerable<NormProblem> Forwards(NormOp op, DType dtype) =>
        Cells
            .Of(op, dtype, op.HasChannels() ? s_channelShapes : s_rowShapes, groups: 2)
            .Where(problem => !problem.Pass.IsBackward())
            .Select(StaticCalls.Expressible);

    private static IEnumerable<double> Ones(Tensor tensor) =>
        Enumerable.Repeat(1.0, (int)tensor.Count);
}
