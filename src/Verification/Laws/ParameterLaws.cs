using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What γ and β do to y, and what they leave alone.</summary>
internal static class ParameterLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "affine-scale",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "γ and β times a power of two give y times that power of two.",
            Formula = "f(x; ±2ᵏγ, ±2ᵏβ) = ±2ᵏ·f(x; γ, β)",
            Passes = LawOps.Forwards,
            Check = AffineScale,
        },
        new()
        {
            Id = "gamma-zero",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "Where γ is 0, y is β to the last bit.",
            Formula = "γ = 0 ⇒ y = β",
            Passes = LawOps.Forwards,
            Check = GammaZero,
        },
        new()
        {
            Id = "slots-apart",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement =
                "γ and β of one slot leave the outputs of all other slots alone, bit for bit.",
            Formula = "slot(i) ≠ s ⇒ ∂yᵢ/∂γₛ = ∂yᵢ/∂βₛ = 0",
            Passes = LawOps.Forwards,
            Check = SlotsApart,
        },
        new()
        {
            Id = "beta-adds",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "Another β changes y by just the difference.",
            Formula = "f(x; γ, β') − f(x; γ, β) = β' − β",
            Passes = LawOps.Forwards,
            Check = BetaAdds,
        },
        new()
        {
            Id = "gamma-proportional",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "y − β is proportional to γ.",
            Formula = "γ·(f(x; γ', β) − β) = γ'·(f(x; γ, β) − β)",
            Passes = LawOps.Forwards,
            Check = GammaProportional,
        },
        new()
        {
            Id = "gamma-additive",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "The outputs under two γ add up to the output under their sum.",
            Formula = "f(x; γ₁, β) + f(x; γ₂, β) = f(x; γ₁ + γ₂, β) + β",
            Passes = LawOps.Forwards,
            Check = GammaAdditive,
        },
        new()
        {
            Id = "statistics-without-affine",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "Saved and running statistics do not depend on γ and β.",
            Formula = "μ(x; γ, β) = μ(x; γ', β'), σ(x; γ, β) = σ(x; γ', β')",
            Passes = [NormPass.ForwardTraining],
            Check = StatisticsWithoutAffine,
        },
    ];

    private static LawOutcome AffineScale(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var k = PowersOfTwo.Exponent(bench, 31);
        var sign = bench.Random(32).Chance(0.5) ? 1 : -1;
        var other = bench
            .Call.Map(TensorRole.Gamma, value => sign * Math.ScaleB(value, k))
            .Map(TensorRole.Beta, value => sign * Math.ScaleB(value, k));
        return PowersOfTwo.Compare(
            bench,
            bench.Call,
            other,
            role => role == TensorRole.Y ? sign * Math.ScaleB(1, k) : 1
        );
    }

    private static LawOutcome GammaZero(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (!bench.Problem.HasPlainAffine())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Map(TensorRole.Gamma, _ => 0), out var own))
        {
            return bench.Missing;
        }

        // Where there is a claim nothing overflows on the way, and 0 times a finite number is 0.
        var near = own.Near(TensorRole.Y);
        var beta = new Tensor(bench.Problem.DType, new Shape(near.Length));
        beta.CopyFrom([.. near.Select((_, i) => own.Beta(i).Value)]);
        int[] claimed = [.. Enumerable.Range(0, near.Length).Where(i => !near[i].IsUnknown)];
        var wanted = beta.ToDoubles();
        return LawBench.Same(
            TensorRole.Y,
            [.. claimed.Select(i => wanted[i] + 0)],
            [.. claimed.Select(i => own[TensorRole.Y][i] + 0)]
        );
    }

    private static LawOutcome SlotsApart(LawBench bench)
    {
        if (bench.Problem.Affine == AffineParts.None)
        {
            return LawOutcome.Skip("there is neither γ nor β");
        }

        var slot = bench.Random(33).Below((int)bench.Problem.ParameterShape.Count);
        var other = bench.Call;
        foreach (var role in new[] { TensorRole.Gamma, TensorRole.Beta }.Where(other.Has))
        {
            double[] values = [.. other[role]];
            values[slot] = 3 - (2 * values[slot]);
            other = other.With(role, values);
        }

        if (!bench.Read(out var plain) || !bench.Read(other, out var changed))
        {
            return bench.Missing;
        }

        var apart = plain.Partition.Slot.Index().Where(each => each.Item != slot).ToArray();
        return LawBench.Same(
            TensorRole.Y,
            [.. apart.Select(each => plain[TensorRole.Y][each.Index])],
            [.. apart.Select(each => changed[TensorRole.Y][each.Index])]
        );
    }

    private static LawOutcome BetaAdds(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Beta))
        {
            return LawOutcome.Skip("there is no β");
        }

        var count = bench.Call[TensorRole.Beta].Length;
        var other = bench.Call.With(TensorRole.Beta, MadeData.Eighths(bench.Random(34), count));
        if (!bench.Read(out var first) || !bench.Read(other, out var second))
        {
            return bench.Missing;
        }

        // The truths differ by the difference of the two β.
        var (y, moved) = (first.Near(TensorRole.Y), second.Near(TensorRole.Y));
        return Relation.Equal(
            "y' − y",
            y.Select((y, i) => (moved[i] - y, second.Beta(i) - first.Beta(i)))
        );
    }

    private static LawOutcome GammaProportional(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var count = bench.Call[TensorRole.Gamma].Length;
        var other = bench.Call.With(TensorRole.Gamma, MadeData.Eighths(bench.Random(35), count));
        if (!bench.Read(out var first) || !bench.Read(other, out var second))
        {
            return bench.Missing;
        }

        // Both sides are γ·γ'·x̂ for the truths.
        var (y, changed) = (first.Near(TensorRole.Y), second.Near(TensorRole.Y));
        return Relation.Equal(
            "γ'·(y − β)",
            y.Select(
                (y, i) =>
                    (
                        second.Gamma(i) * (y - first.Beta(i)),
                        first.Gamma(i) * (changed[i] - first.Beta(i))
                    )
            )
        );
    }

    private static LawOutcome GammaAdditive(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var random = bench.Random(36);
        var count = bench.Call[TensorRole.Gamma].Length;
        var (one, two) = (MadeData.Eighths(random, count), MadeData.Eighths(random, count));
        double[] both = [.. one.Zip(two, (a, b) => a + b)];
        if (
            !bench.Read(bench.Call.With(TensorRole.Gamma, one), out var first)
            || !bench.Read(bench.Call.With(TensorRole.Gamma, two), out var second)
            || !bench.Read(bench.Call.With(TensorRole.Gamma, both), out var sum)
        )
        {
            return bench.Missing;
        }

        // γ₁x̂ + β + γ₂x̂ + β on both sides; the sums of eighths are exact.
        var (y1, y2) = (first.Near(TensorRole.Y), second.Near(TensorRole.Y));
        return Relation.Equal(
            "y(γ₁ + γ₂) + β",
            sum.Near(TensorRole.Y).Select((y, i) => (y + sum.Beta(i), y1[i] + y2[i]))
        );
    }

    private static LawOutcome StatisticsWithoutAffine(LawBench bench)
    {
        if (bench.Problem.Affine == AffineParts.None)
        {
            return LawOutcome.Skip("there is neither γ nor β");
        }

        var other = bench
            .Call.Map(TensorRole.Gamma, value => 3 - (2 * value))
            .Map(TensorRole.Beta, value => (4 * value) - 1);
        if (!bench.Base(out var plain) || !bench.Ask(other, out var changed))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain
                .Roles.Where(role => role != TensorRole.Y)
                .Select(role => LawBench.Same(role, plain[role], changed[role]))
        );
    }
}
