using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Where another shape or layout is the same problem.</summary>
internal static class ShapeLaws
{
    private static readonly NormOp[] s_withChannels =
    [
        NormOp.BatchNorm,
        NormOp.BatchRenorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
    ];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "samples-are-positions",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Batch norm does not tell samples from positions.",
            Formula = "BN(N×C×S) = BN(1×C×(N·S)) = BN((N·S)×C)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Check = SamplesArePositions,
        },
        new()
        {
            Id = "extra-axis",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "An axis of extent 1 more changes nothing.",
            Formula = "f(x as …×1×…) = f(x)",
            Check = ExtraAxis,
        },
        new()
        {
            Id = "merged-axes",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Neighbouring axes of the same kind taken as one change nothing.",
            Formula = "f(x as N×C×(H·W)) = f(x)",
            Check = MergedAxes,
        },
        new()
        {
            Id = "layouts-agree",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Channels-first is channels-last of the transposed tensor.",
            Formula = "f(xᵀ) = f(x)ᵀ",
            Ops = s_withChannels,
            Check = bench =>
                bench.Problem.Rank == 2 ? LawOutcome.Skip("one layout at rank 2")
                : !bench.Backend.Description.Layouts.Contains(Other(bench.Problem.Layout))
                    ? LawOutcome.Skip("declined: one layout only")
                : Correspondence
                    .Under(
                        LawShapes.OneLayout(bench.Call),
                        problem => problem with { Layout = Other(problem.Layout) }
                    )
                    .Bounded(bench),
        },
        new()
        {
            Id = "gradient-layout",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Where dy lies in memory, as x does or transposed, changes nothing.",
            Formula = "f(x, dyᵀ as a view) = f(x, dy)",
            Ops = s_withChannels,
            Passes = [NormPass.BackwardTraining, NormPass.BackwardInference],
            Check = bench =>
                bench.Problem.Rank == 2 || !bench.Backend.Description.Strides
                    ? LawOutcome.Skip("no strides")
                    : Correspondence
                        .Under(
                            LawShapes.OneLayout(bench.Call),
                            problem => problem with { GradientLayout = Other(problem.Layout) }
                        )
                        .Bounded(bench),
        },
    ];

    private static Layout Other(Layout layout) =>
        layout == Layout.ChannelsFirst ? Layout.ChannelsLast : Layout.ChannelsFirst;

    private static LawOutcome SamplesArePositions(LawBench bench)
    {
        var first = LawShapes.OneLayout(bench.Call);
        var box = LawShapes.BoxOf(first.Problem);
        var all = box.Samples * box.Positions;
        var space = bench.Random(12).Chance(0.5);
        var shape = space ? new Shape(1, box.Lines, all) : new Shape(all, box.Lines);
        var second = (first.Problem with { Shape = shape }).Validated();
        var own = LawShapes.BoxOf(second);
        return Correspondence
            .Of(
                first,
                second,
                flat =>
                {
                    var (n, c, s) = own.Of(flat);
                    var at = n + s;
                    return box.At(at / box.Positions, c, at % box.Positions);
                }
            )
            .Bounded(bench);
    }

    private static LawOutcome ExtraAxis(LawBench bench)
    {
        var problem = bench.Problem;
        if (problem.Rank == NormProblem.MaxRank)
        {
            return LawOutcome.Skip("no room for another axis");
        }

        var first = problem.Op.HasChannels() ? 2 : 0;
        var at = first + bench.Random(13).Below(problem.Rank + 1 - first);
        var extents = problem.Shape.Extents.Insert(at, 1);
        return Correspondence
            .Under(
                LawShapes.OneLayout(bench.Call),
                old =>
                    old with
                    {
                        Shape = new Shape(extents.AsSpan()),
                        Axis = old.Op.HasChannels() || at > old.Axis ? old.Axis : old.Axis + 1,
                    }
            )
            .Bounded(bench);
    }

    private static LawOutcome MergedAxes(LawBench bench)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        var channels = problem.Op.HasChannels();
        var shape = channels
            ? new Shape(box.Samples, box.Lines, box.Positions)
            : new Shape(box.Samples * box.Lines, box.Positions);
        return problem.Rank == shape.Rank
            ? LawOutcome.Skip("no axes to merge")
            : Correspondence
                .Under(
                    LawShapes.OneLayout(bench.Call),
                    old => old with { Shape = shape, Axis = channels ? 0 : 1 }
                )
                .Bounded(bench);
    }
}
