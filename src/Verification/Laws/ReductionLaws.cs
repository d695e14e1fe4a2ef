using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Where one normalization is another one.</summary>
internal static class ReductionLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "gn-of-channels-is-in",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Group norm with a group for every channel is instance norm.",
            Formula = "GN(G = C) = IN",
            Ops = [NormOp.GroupNorm, NormOp.InstanceNorm],
            Passes = LawShapes.Plain,
            Check = bench =>
                IsPerGroup(bench.Problem)
                    ? LawOutcome.Skip("parameters per group")
                    : Correspondence
                        .Under(
                            bench.Call.For(
                                bench.Problem with
                                {
                                    Op = NormOp.InstanceNorm,
                                    Groups = 1,
                                    Saved = bench.Problem.Saved && !bench.Problem.Pass.IsBackward(),
                                }
                            ),
                            problem =>
                                problem with
                                {
                                    Op = NormOp.GroupNorm,
                                    Groups = problem.Channels,
                                }
                        )
                        .Bounded(bench),
        },
        new()
        {
            Id = "gn-of-one-group-is-ln",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Group norm with one group is layer norm over channels and positions; per position, γ and β are repeated.",
            Formula = "GN(G = 1) = LN over (C, spatial)",
            Ops = [NormOp.GroupNorm, NormOp.LayerNorm],
            Passes = LawShapes.Plain,
            Check = OneGroup,
        },
        new()
        {
            Id = "in-of-one-sample-is-bn",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "On one sample, instance norm is batch norm.",
            Formula = "N = 1 ⇒ IN = BN",
            Ops = [NormOp.InstanceNorm, NormOp.BatchNorm],
            Passes = LawShapes.Plain,
            Check = OneSample,
        },
        new()
        {
            Id = "in-is-ln-of-rows",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Without γ and β, instance norm is layer norm of a row for every sample and channel.",
            Formula = "IN(x) = LN(x as (N·C)×spatial)",
            Ops = [NormOp.InstanceNorm],
            Passes = LawShapes.Plain,
            Check = bench => AsRows(bench, samples: false),
        },
        new()
        {
            Id = "bn-is-ln-of-columns",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Without γ and β, batch norm is layer norm of a row for every channel.",
            Formula = "BN(x) = LN(x as C×(N·spatial))",
            Ops = [NormOp.BatchNorm],
            Passes = LawShapes.Plain,
            Check = bench => AsRows(bench, samples: true),
        },
        new()
        {
            Id = "rms-of-centred-is-ln",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "On rows whose sum is exactly 0, RMS norm is layer norm.",
            Formula = "Σx = 0 ⇒ RMS(x) = LN(x)",
            Ops = [NormOp.RmsNorm, NormOp.LayerNorm],
            Passes = LawShapes.Plain,
            Check = Centred,
        },
    ];

    private static bool IsPerGroup(NormProblem problem) =>
        problem.Convention.AffineShape == AffineShape.PerGroup;

    /// <summary>A problem over the same numbers whose statistics are not given: whichever op, they are made from x.</summary>
    private static NormProblem Fresh(NormProblem problem) =>
        problem with
        {
            Saved = problem.Saved && !problem.Pass.IsBackward(),
            Running = false,
            GradientLayout = null,
        };

    private static LawOutcome OneGroup(LawBench bench)
    {
        var problem = Fresh(bench.Problem);
        if (IsPerGroup(problem))
        {
            return LawOutcome.Skip("parameters per group");
        }

        // From layer norm there is no way to parameters per channel: so without them.
        var box = LawShapes.BoxOf(problem);
        problem =
            problem.Op == NormOp.GroupNorm
                ? problem with
                {
                    Groups = 1,
                }
                : (
                    problem with
                    {
                        Op = NormOp.GroupNorm,
                        Axis = 0,
                        Affine = AffineParts.None,
                        Shape = new Shape(box.Samples * box.Lines, 1, box.Positions),
                    }
                ).Validated();
        var first = bench.Call.For(problem);
        var memory = problem.MemoryShape;
        var layer = problem with
        {
            Op = NormOp.LayerNorm,
            Layout = Layout.ChannelsFirst,
            Shape = memory,
            Axis = 1,
        };
        var numbers = LawShapes.Numbers(problem);
        var flats = new int[numbers.Length];
        for (var flat = 0; flat < flats.Length; flat++)
        {
            flats[numbers[flat]] = flat;
        }

        // dγ and dβ are sums over other elements.
        return Correspondence
            .Of(first, layer, flat => flats[flat])
            .Bounded(bench, [TensorRole.Y, TensorRole.Dx, .. LawShapes.Saved]);
    }

    private static LawOutcome OneSample(LawBench bench)
    {
        var problem = LawShapes.WithExtent(Fresh(bench.Problem), 0, 1);
        var box = LawShapes.BoxOf(bench.Problem);
        var start = bench.Random(11).Below(box.Samples) * box.Lines * box.Positions;
        var whole = bench.Call.For(Fresh(bench.Problem));
        var alone = Correspondence.Of(whole, problem, flat => start + flat).Second;
        return Correspondence
            .Under(
                alone,
                one =>
                    one with
                    {
                        Op = one.Op == NormOp.BatchNorm ? NormOp.InstanceNorm : NormOp.BatchNorm,
                    }
            )
            .Bounded(bench);
    }

    private static LawOutcome AsRows(LawBench bench, bool samples)
    {
        var problem = Fresh(bench.Problem) with { Affine = AffineParts.None };
        var box = LawShapes.BoxOf(problem);
        var rows = samples ? box.Lines : box.Samples * box.Lines;
        var layer = new NormProblem
        {
            Op = NormOp.LayerNorm,
            Pass = problem.Pass,
            DType = problem.DType,
            Shape = new Shape(rows, box.Count / rows),
            Axis = 1,
            Affine = AffineParts.None,
            Epsilon = problem.Epsilon,
            Momentum = problem.Momentum,
            Saved = problem.Saved,
            Running = false,
            Convention = problem.Convention,
        };
        return Correspondence
            .Of(
                bench.Call.For(problem),
                layer,
                flat =>
                {
                    if (!samples)
                    {
                        return flat;
                    }

                    var (c, rest) = Math.DivRem(flat, box.Samples * box.Positions);
                    return box.At(rest / box.Positions, c, rest % box.Positions);
                }
            )
            .Bounded(bench);
    }

    private static LawOutcome Centred(LawBench bench)
    {
        var problem = Fresh(bench.Problem) with { Op = NormOp.LayerNorm };
        var m = (int)problem.GroupSize;
        var x = bench.Call[TensorRole.X].ToArray();
        for (var i = 0; i < x.Length; i++)
        {
            // Pairs d, −d; where their number is odd, a last 0.
            var k = i % m;
            x[i] =
                k % 2 == 1 ? -x[i - 1]
                : k == m - 1 ? 0
                : x[i];
        }

        // The gradient of layer norm has a term more: only what is not projected is the same.
        return Correspondence
            .Under(
                bench.Call.For(problem).With(TensorRole.X, x),
                layer => layer with { Op = NormOp.RmsNorm }
            )
            .Bounded(
                bench,
                [TensorRole.Y, TensorRole.DGamma, TensorRole.DBeta, TensorRole.SavedInvStd]
            );
    }
}
