using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What normalizing with the statistics of a group makes of the group.</summary>
internal static class StatisticsLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "zero-mean",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "What is normalized sums to 0 in every group.",
            Formula = "Σx̂ = 0",
            Ops = LawOps.Standardizing,
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
            Ops = LawOps.Standardizing,
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
            Ops = LawOps.Standardizing,
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
            Id = "idempotent",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "What is normalized and normalized again without ε changes by the factor that ε has left out.",
            Formula = "f(f(x; ε); 0)·√(1 − ε/σ²) = f(x; ε)",
            Ops = LawOps.Plain,
            Passes = [NormPass.ForwardTraining],
            Check = Idempotent,
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
}
