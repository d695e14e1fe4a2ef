using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What a training forward says of the statistics, beside its input and its other outputs.</summary>
internal static class SavedLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "mean-in-range",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "The mean of a group lies between its least and its greatest element.",
            Formula = "min x ≤ μ ≤ max x",
            Ops = LawOps.Centred,
            Passes = [NormPass.ForwardTraining],
            Check = MeanInRange,
        },
        new()
        {
            Id = "spread-in-range",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "The variance lies between the bounds of Szőkefalvi-Nagy and Popoviciu (the mean square between the squares).",
            Formula = "(max x − min x)²/2m ≤ v ≤ (max x − min x)²/4",
            Passes = [NormPass.ForwardTraining],
            Check = SpreadInRange,
        },
        new()
        {
            Id = "saved-reproduces",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "What is saved is what was used: it gives y once more.",
            Formula = "y = γ(x − μ)/σ + β",
            Ops = LawOps.Plain,
            Passes = [NormPass.ForwardTraining],
            Check = SavedReproduces,
        },
        new()
        {
            Id = "running-from-saved",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "The running values take in the very statistics that are saved.",
            Formula = "run' = (1 − α)·run + α·(μ; factor·(σ² − ε); σ)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.ForwardTraining],
            Check = RunningFromSaved,
        },
    ];

    private static LawOutcome MeanInRange(LawBench bench)
    {
        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        var (x, mean) = (bare.Call[TensorRole.X], bare.Near(TensorRole.SavedMean));
        return LawOutcome.All(
            Relation.AtMost(
                "min x",
                mean.Select((mean, j) => ((Near)bare.Groups[j].Min(i => x[i]), mean))
            ),
            Relation.AtMost(
                "μ",
                mean.Select((mean, j) => (mean, (Near)bare.Groups[j].Max(i => x[i])))
            )
        );
    }

    private static LawOutcome SpreadInRange(LawBench bench)
    {
        if (!bench.Problem.IsPlain())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        var x = bare.Call[TensorRole.X];
        var inverse = bare.Near(TensorRole.SavedInvStd);
        return LawOutcome.All(
            Relation.AtMost("1/σ", inverse.Select((s, j) => (s, Bound(j, least: true)))),
            Relation.AtMost("1/σ", inverse.Select((s, j) => (Bound(j, least: false), s)))
        );

        // 1/σ at the least or the greatest variance that the ends of the group leave.
        Near Bound(int group, bool least)
        {
            var members = bare.Groups[group];
            Near low = members.Min(i => x[i]);
            Near high = members.Max(i => x[i]);
            var gap = high - low;
            var variance =
                bench.Problem.Op != NormOp.RmsNorm ? gap * gap / (least ? 2 * members.Length : 4)
                : least ? Square(members.Min(i => Math.Abs(x[i])))
                : Square(members.Max(i => Math.Abs(x[i])));
            return 1 / Near.Sqrt(variance + bench.Problem.RootEpsilon());
        }

        static Near Square(Near a) => a * a;
    }

    private static LawOutcome SavedReproduces(LawBench bench)
    {
        if (!bench.Problem.IsPlain() || bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var call = bench.Call.For(bench.Problem with { Saved = true });
        if (!bench.Read(call, out var own))
        {
            return bench.Missing;
        }

        // Both sides are the same function of truths; y, μ and 1/σ are each off by their bounds.
        var (x, y) = (call[TensorRole.X], own.Near(TensorRole.Y));
        var wanted = Normalized.FromSaved(own);
        return Relation.Equal(
            "y",
            y.Select((y, i) => (y, (own.Gamma(i) * wanted[i]) + own.Beta(i)))
        );
    }

    private static LawOutcome RunningFromSaved(LawBench bench)
    {
        var problem = bench.Problem;
        if (!problem.IsPlain() || !problem.KeepsExponentially() || !problem.StoresMultiple())
        {
            return LawConventions.Other;
        }

        if (!problem.Running)
        {
            return LawOutcome.Skip("there are no running statistics");
        }

        var call = bench.Call.For(problem with { Saved = true });
        if (!bench.Read(call, out var own))
        {
            return bench.Missing;
        }

        // Each side is made of truths by the same formula; outputs carry their bounds.
        var renorm = problem.Op == NormOp.BatchRenorm;
        var role = renorm ? TensorRole.RunningStd : TensorRole.RunningVar;
        var inverse = own.Near(TensorRole.SavedInvStd);
        Near factor = problem.StoredFactorFor(problem.GroupSize);
        var spread = inverse.Select(s =>
            renorm ? 1 / s : factor * ((1 / (s * s)) - problem.RootEpsilon())
        );
        return LawOutcome.All(
            Blend(TensorRole.RunningMean, own.Near(TensorRole.SavedMean)),
            Blend(role, spread)
        );

        LawOutcome Blend(TensorRole role, IEnumerable<Near> latest) =>
            Relation.Equal(
                role.Name(),
                own.Near(role)
                    .Zip(
                        latest.Select(
                            (latest, j) =>
                                ((1 - (Near)problem.Momentum) * call[role][j])
                                + (problem.Momentum * latest)
                        )
                    )
            );
    }
}
