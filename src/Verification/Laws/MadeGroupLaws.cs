using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Groups of which everything is known, and the place of ε.</summary>
internal static class MadeGroupLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "constant-group",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "A group of one number has that number for mean, and its outputs are β.",
            Formula = "x = c ⇒ μ = c, y = β",
            Ops = [NormOp.BatchNorm, NormOp.LayerNorm, NormOp.InstanceNorm, NormOp.GroupNorm],
            Passes = [NormPass.ForwardTraining],
            Check = ConstantGroup,
        },
        new()
        {
            Id = "two-valued",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "In a group of p numbers c + d and m − p numbers c − d everything follows from p, m, c and d.",
            Formula = "v = 4d²p(m − p)/m², x̂ = 2d(m − p)/m/√(v + ε) or −2dp/m/√(v + ε)",
            Ops = LawOps.Plain,
            Passes = [NormPass.ForwardTraining],
            Check = TwoValued,
        },
        new()
        {
            Id = "epsilon-adds",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "More ε adds to the square of σ just what it is more.",
            Formula = "σ(ε₂)² − σ(ε₁)² = ε₂ − ε₁",
            Passes = [NormPass.ForwardTraining],
            Check = EpsilonAdds,
        },
        new()
        {
            Id = "epsilon-alone",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "Where x is 0, σ is √ε, however small that is.",
            Formula = "x = 0 ⇒ 1/σ = 1/√ε",
            Passes = [NormPass.ForwardTraining],
            Check = EpsilonAlone,
        },
        new()
        {
            Id = "epsilon-shrinks",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "Under two ε the outputs differ by the ratio of the saved 1/σ.",
            Formula = "x̂(ε₁)/σ(ε₂) = x̂(ε₂)/σ(ε₁)",
            Ops = LawOps.Plain,
            Passes = [NormPass.ForwardTraining],
            Check = EpsilonShrinks,
        },
        new()
        {
            Id = "epsilon-is-variance",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Exact,
            Statement = "In inference ε and the running variance may change places.",
            Formula = "f(x; var = a, ε = b) = f(x; var = b, ε = a)",
            Ops = [NormOp.BatchNorm],
            Passes = [NormPass.ForwardInference, NormPass.BackwardInference],
            Check = EpsilonIsVariance,
        },
    ];

    private static LawOutcome ConstantGroup(LawBench bench)
    {
        var call = bench.Call.For(bench.Problem with { Saved = true });
        double[] x = [.. call[TensorRole.X]];
        foreach (var group in Reference.Partitions.Of(call.Problem).Groups)
        {
            foreach (var i in group)
            {
                x[i] = x[group[0]];
            }
        }

        call = call.With(TensorRole.X, x);
        if (!bench.Read(call, out var own))
        {
            return bench.Missing;
        }

        // x − μ is 0, so the truth of y is β and that of μ is x; the level says how near the kernel has to come.
        var (y, mean) = (own.Near(TensorRole.Y), own.Near(TensorRole.SavedMean));
        return LawOutcome.All(
            Relation.Equal("y", y.Select((y, i) => (y, Where(x[i], own.Beta(i))))),
            Relation.Equal("μ", mean.Select((mean, j) => (mean, (Near)x[own.Groups[j][0]])))
        );

        static Near Where(double x, Near wanted) => double.IsFinite(x) ? wanted : Near.Unknown;
    }

    private static LawOutcome TwoValued(LawBench bench)
    {
        if (!bench.Problem.IsPlain())
        {
            return LawConventions.Other;
        }

        var random = bench.Random(21);
        var bare = bench.Call.Bare();
        var rms = bench.Problem.Op == NormOp.RmsNorm;
        var centre = rms ? 0 : random.Pick([0.0, 2, -16, 64]);
        var distance = random.Pick([0.5, 1, 2, 4.0]);
        var x = new double[bare[TensorRole.X].Length];
        var groups = Reference.Partitions.Of(bare.Problem).Groups;
        double m = bench.Problem.GroupSize;
        var p = 1 + random.Below((int)m);
        foreach (var group in groups)
        {
            for (var k = 0; k < group.Length; k++)
            {
                // p in front, or with gaps of two in between where there is room.
                var high = 2 * p <= group.Length ? k % 2 == 0 && k < 2 * p : k < p;
                x[group[k]] = centre + (high ? distance : -distance);
            }
        }

        if (!bench.Read(bare.With(TensorRole.X, x), out var own))
        {
            return bench.Missing;
        }

        var mean = rms ? 0 : centre + ((Near)distance * ((2 * p) - m) / m);
        var variance = rms
            ? (Near)distance * distance
            : (Near)4 * distance * distance * p * (m - p) / (m * m);
        var inverse = 1 / Near.Sqrt(variance + bench.Problem.RootEpsilon());
        return LawOutcome.All(
            Relation.Equal(
                "x̂",
                own.Near(TensorRole.Y).Select((y, i) => (y, (x[i] - mean) * inverse))
            ),
            Relation.Equal(
                "1/σ",
                own.Near(TensorRole.SavedInvStd).Select(saved => (saved, inverse))
            )
        );
    }

    private static LawOutcome EpsilonAdds(LawBench bench)
    {
        if (!WithMore(bench, out var less, out var more, out var missing))
        {
            return missing;
        }

        // 1/s² = v + ε for the truths of both.
        Near apart = (Near)more.Call.Problem.Epsilon - less.Call.Problem.Epsilon;
        return Relation.Equal(
            "σ(ε₂)² − σ(ε₁)²",
            more.Near(TensorRole.SavedInvStd)
                .Zip(
                    less.Near(TensorRole.SavedInvStd),
                    (second, first) => ((1 / (second * second)) - (1 / (first * first)), apart)
                )
        );
    }

    private static LawOutcome EpsilonAlone(LawBench bench)
    {
        if (!bench.Problem.IsPlain() || !bench.Problem.HasFreeEpsilon())
        {
            return LawConventions.Other;
        }

        // ε = 4⁻ʲ is a number of every type that the arithmetic may be in.
        var half = 2 + bench.Random(24).Below(23);
        var bare = bench.Call.Bare();
        var zero = bare.For(bare.Problem with { Epsilon = Math.ScaleB(1, -2 * half) })
            .Map(TensorRole.X, _ => 0);
        return bench.Read(zero, out var own)
            ? Relation.Equal(
                "1/σ",
                own.Near(TensorRole.SavedInvStd).Select(s => (s, (Near)Math.ScaleB(1, half)))
            )
            : bench.Missing;
    }

    private static LawOutcome EpsilonShrinks(LawBench bench)
    {
        if (!WithMore(bench, out var less, out var more, out var missing))
        {
            return missing;
        }

        // x̂ = (x − μ)·s with the same x − μ in both.
        var (first, second) = (less.Near(TensorRole.Y), more.Near(TensorRole.Y));
        var (s1, s2) = (less.Near(TensorRole.SavedInvStd), more.Near(TensorRole.SavedInvStd));
        return Relation.Equal(
            "x̂(ε₁)/σ(ε₂)",
            less.GroupOfElement().Select((j, i) => (first[i] * s2[j], second[i] * s1[j]))
        );
    }

    /// <summary>The case without γ and β, and once more with an ε that matters beside the variance of some group.</summary>
    private static bool WithMore(
        LawBench bench,
        out Reading less,
        out Reading more,
        out LawOutcome missing
    )
    {
        (less, more, missing) = (null!, null!, LawConventions.Other);
        if (!bench.Problem.IsPlain() || !bench.Problem.HasFreeEpsilon())
        {
            return false;
        }

        var bare = bench.Call.Bare();
        if (!bench.Read(bare, out less))
        {
            missing = bench.Missing;
            return false;
        }

        var inverse = bench
            .Random(22)
            .Pick(less[TensorRole.SavedInvStd].DefaultIfEmpty(1).ToArray());
        if (!(inverse > 0 && double.IsFinite(inverse)))
        {
            missing = LawOutcome.Skip("1/σ is no number");
            return false;
        }

        var epsilon = Math.ScaleB(1, -2 * Math.ILogB(inverse));
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
        {
            missing = LawOutcome.Skip("σ² is out of range");
            return false;
        }

        var answered = bench.Read(bare.For(bare.Problem with { Epsilon = epsilon }), out more);
        missing = bench.Missing;
        return answered;
    }

    private static LawOutcome EpsilonIsVariance(LawBench bench)
    {
        if (!bench.Problem.HasFreeEpsilon() || bench.Problem.Convention.StoredIncludesEpsilon)
        {
            return LawConventions.Other;
        }

        // Powers of two are the same in every type, and a sum of two has no order.
        var random = bench.Random(23);
        var variance = Math.ScaleB(1, random.Below(9) - 4);
        var epsilon = Math.ScaleB(variance, -1 - random.Below(6));
        var (one, other) = (With(variance, epsilon), With(epsilon, variance));
        if (!bench.Read(one, out var first) || !bench.Read(other, out var second))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            first.Answer.Roles.Select(role => LawBench.Same(role, first[role], second[role]))
        );

        Call With(double variance, double epsilon) =>
            bench
                .Call.For(bench.Problem with { Epsilon = epsilon })
                .Map(TensorRole.RunningVar, _ => variance);
    }
}
