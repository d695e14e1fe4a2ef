using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What normalizing with the statistics of a group makes of the group.</summary>
internal static class StatisticsLaws
{
    private static readonly NormOp[] s_standardizing =
    [
        NormOp.BatchNorm,
        NormOp.LayerNorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
    ];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "zero-mean",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "What is normalized sums to 0 in every group.",
            Formula = "Σx̂ = 0",
            Ops = s_standardizing,
            Passes = [NormPass.ForwardTraining],
            Check = ZeroMean,
        },
        new()
        {
            Id = "unit-variance",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "The squares of what is normalized have the mean v/(v + ε), which the saved 1/σ tells too.",
            Formula = "Σx̂²/m = 1 − ε/σ²",
            Ops = s_standardizing,
            Passes = [NormPass.ForwardTraining],
            Check = UnitSquares,
        },
        new()
        {
            Id = "rms-unit",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "After RMS norm the squares have the mean v/(v + ε), which the saved 1/σ tells too.",
            Formula = "Σx̂²/m = 1 − ε/σ²",
            Ops = [NormOp.RmsNorm],
            Passes = [NormPass.ForwardTraining],
            Check = UnitSquares,
        },
        new()
        {
            Id = "samuelson",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "No element lies further from the mean than √(m − 1) standard deviations.",
            Formula = "|x̂| ≤ √(m − 1)",
            Ops = s_standardizing,
            Passes = [NormPass.ForwardTraining],
            Check = bench => Reach(bench, m => m - 1),
        },
        new()
        {
            Id = "rms-reach",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "No element exceeds √m times the root of the mean square.",
            Formula = "|x̂| ≤ √m",
            Ops = [NormOp.RmsNorm],
            Passes = [NormPass.ForwardTraining],
            Check = bench => Reach(bench, m => m),
        },
        new()
        {
            Id = "order",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "Normalizing keeps the order of the elements of a group.",
            Formula = "xᵢ ≤ xⱼ ⇒ x̂ᵢ ≤ x̂ⱼ",
            Passes = [NormPass.ForwardTraining, NormPass.ForwardInference],
            Check = Order,
        },
        new()
        {
            Id = "mean-in-range",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "The mean of a group lies between its least and its greatest element.",
            Formula = "min x ≤ μ ≤ max x",
            Ops = [.. s_standardizing, NormOp.BatchRenorm],
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
            Ops = [.. s_standardizing, NormOp.RmsNorm],
            Passes = [NormPass.ForwardTraining],
            Check = SavedReproduces,
        },
        new()
        {
            Id = "idempotent",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "What is normalized and normalized again without ε changes by the factor that ε has left out.",
            Formula = "f(f(x; ε); 0)·√(1 − ε/σ²) = f(x; ε)",
            Ops = [.. s_standardizing, NormOp.RmsNorm],
            Passes = [NormPass.ForwardTraining],
            Check = Idempotent,
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

    private static LawOutcome ZeroMean(LawBench bench)
    {
        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // The truths sum to 0, so the outputs to no more than the sum of their bounds.
        var y = bare.Near(TensorRole.Y);
        return Relation.Equal("Σx̂", bare.PerGroup(i => y[i]).Select(sum => (sum, (Near)0)));
    }

    private static LawOutcome UnitSquares(LawBench bench)
    {
        if (!bench.Problem.IsPlain())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // Σx̂² = m·v/σ² = m(1 − ε/σ²): both sides are made of outputs and carry their bounds.
        var y = bare.Near(TensorRole.Y);
        var inverse = bare.Near(TensorRole.SavedInvStd);
        return Relation.Equal(
            "Σx̂²/m",
            bare.PerGroup(i => y[i] * y[i])
                .Select(
                    (sum, group) =>
                        (
                            sum / bare.Groups[group].Length,
                            Normalized.Share(bench.Problem, inverse[group])
                        )
                )
        );
    }

    private static LawOutcome Reach(LawBench bench, Func<double, double> square)
    {
        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // Samuelson's inequality for the truths; outputs may exceed it by their bounds.
        var reach = Near.Sqrt(square(bench.Problem.GroupSize));
        return LawOutcome.All(
            Relation.AtMost("x̂", bare.Near(TensorRole.Y).Select(y => (y, reach))),
            Relation.AtMost("-x̂", bare.Near(TensorRole.Y).Select(y => (-y, reach)))
        );
    }

    private static LawOutcome Order(LawBench bench)
    {
        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // The highest that any smaller element surely reaches must be within what the next one may have.
        var (x, y) = (bare.Call[TensorRole.X], bare.Near(TensorRole.Y));
        var pairs = new List<(Near, Near)>();
        foreach (var group in bare.Groups)
        {
            var highest = Near.Unknown;
            foreach (var i in group.Where(i => double.IsFinite(x[i])).OrderBy(i => x[i]))
            {
                pairs.Add((highest, y[i]));
                var better =
                    highest.IsUnknown || y[i].Value - y[i].Error > highest.Value - highest.Error;
                highest = better && !y[i].IsUnknown ? y[i] : highest;
            }
        }

        return Relation.AtMost("x̂ of a smaller x", pairs);
    }

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

    private static LawOutcome Idempotent(LawBench bench)
    {
        if (!bench.Problem.IsPlain() || !bench.Problem.HasFreeEpsilon())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Bare(), out var first))
        {
            return bench.Missing;
        }

        var again = first
            .Call.For(first.Call.Problem with { Epsilon = 0 })
            .With(TensorRole.X, first[TensorRole.Y]);
        if (!again.IsFinite)
        {
            return LawOutcome.Skip("y is not finite");
        }

        if (!bench.Read(again, out var second))
        {
            return bench.Missing;
        }

        var (y, twice) = (first.Near(TensorRole.Y), second.Near(TensorRole.Y));
        var inverse = first.Near(TensorRole.SavedInvStd);
        var pairs = new List<(Near, Near)>();
        for (var group = 0; group < first.Groups.Length; group++)
        {
            // z/|z| moves by no more than 2|δ|/|z| where z moves by δ; here |z| is √m.
            var members = first.Groups[group];
            var input = Near.Sqrt(Near.Sum(members.Select(i => Square(y[i].Error))));
            var centred = Normalized.Distance(bench.Problem.Op, members, i => y[i].Value);
            var moved = 2 * Near.Sqrt(members.Length) * input / centred;
            var left = Near.Sqrt(Normalized.Share(bench.Problem, inverse[group]));
            foreach (var i in members)
            {
                var apart = twice[i] + new Near(0, moved.Value + moved.Error);
                pairs.Add((moved.IsUnknown ? moved : apart * left, y[i]));
            }
        }

        return Relation.Equal("f(f(x))·√(1 − ε/σ²)", pairs);

        static Near Square(Near a) => a * a;
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
