using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What γ does to the gradients.</summary>
internal static class ParameterGradientLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "parameter-gradients-without-affine",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "dγ and dβ do not depend on γ.",
            Formula = "dγ(γ) = dγ(γ'), dβ(γ) = dβ(γ')",
            Passes = LawOps.Backwards,
            Check = WithoutAffine,
        },
        new()
        {
            Id = "gamma-scale-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "γ times a power of two, of either sign, gives dx times that.",
            Formula = "dx(±2ᵏγ) = ±2ᵏ·dx(γ)",
            Passes = LawOps.Backwards,
            Check = GammaScale,
        },
        new()
        {
            Id = "gamma-zero-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "Where γ is 0 throughout, dx is 0.",
            Formula = "γ = 0 ⇒ dx = 0",
            Passes = LawOps.Backwards,
            Check = GammaZero,
        },
        new()
        {
            Id = "gamma-proportional-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "Where a group has one γ, dx is proportional to it.",
            Formula = "γ·dx(γ') = γ'·dx(γ)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm, NormOp.InstanceNorm],
            Passes = LawOps.Backwards,
            Check = GammaProportional,
        },
        new()
        {
            Id = "gamma-additive-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "The gradients under two γ add up to the gradient under their sum.",
            Formula = "dx(γ₁) + dx(γ₂) = dx(γ₁ + γ₂)",
            Passes = LawOps.Backwards,
            Check = GammaAdditive,
        },
        new()
        {
            Id = "slots-apart-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement =
                "γ of one slot leaves dx of all groups that do not use it alone, bit for bit.",
            Formula = "s ∉ slots(group(i)) ⇒ ∂dxᵢ/∂γₛ = 0",
            Passes = LawOps.Backwards,
            Check = SlotsApart,
        },
    ];

    private static LawOutcome WithoutAffine(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        var other = bench.Call.Map(TensorRole.Gamma, value => 3 - (2 * value));
        if (!bench.Base(out var plain) || !bench.Ask(other, out var changed))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain
                .Roles.Where(role => role != TensorRole.Dx)
                .Select(role => LawBench.Same(role, plain[role], changed[role]))
        );
    }

    private static LawOutcome GammaScale(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var k = PowersOfTwo.Exponent(bench, 41);
        var sign = bench.Random(42).Chance(0.5) ? 1 : -1;
        return PowersOfTwo.Compare(
            bench,
            bench.Call,
            bench.Call.Map(TensorRole.Gamma, value => sign * Math.ScaleB(value, k)),
            role => role == TensorRole.Dx ? sign * Math.ScaleB(1, k) : 1
        );
    }

    private static LawOutcome GammaZero(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        return bench.Problem.Convention.GammaOffset != 0
            ? LawConventions.Other
            : GradientLaws.IsZero(bench, bench.Call.Map(TensorRole.Gamma, _ => 0), TensorRole.Dx);
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
        var other = bench.Call.With(TensorRole.Gamma, MadeData.Eighths(bench.Random(43), count));
        if (!bench.Read(out var first) || !bench.Read(other, out var second))
        {
            return bench.Missing;
        }

        // One slot a group: dx is linear in its γ.
        var (dx, changed) = (first.Near(TensorRole.Dx), second.Near(TensorRole.Dx));
        return Relation.Equal(
            "γ'·dx",
            dx.Select((dx, i) => (second.Gamma(i) * dx, first.Gamma(i) * changed[i]))
        );
    }

    private static LawOutcome GammaAdditive(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        return bench.Problem.Convention.GammaOffset != 0
            ? LawConventions.Other
            : GradientLaws.IsAdditive(bench, TensorRole.Gamma, [TensorRole.Dx], 44);
    }

    private static LawOutcome SlotsApart(LawBench bench)
    {
        if (!bench.Call.Has(TensorRole.Gamma))
        {
            return LawOutcome.Skip("there is no γ");
        }

        double[] gamma = [.. bench.Call[TensorRole.Gamma]];
        var slot = bench.Random(45).Below(gamma.Length);
        gamma[slot] = 3 - (2 * gamma[slot]);
        if (
            !bench.Read(out var plain)
            || !bench.Read(bench.Call.With(TensorRole.Gamma, gamma), out var changed)
        )
        {
            return bench.Missing;
        }

        var slots = plain.Partition.Slot;
        int[] apart =
        [
            .. plain
                .Groups.Where(group => group.All(i => slots[i] != slot))
                .SelectMany(group => group),
        ];
        return LawBench.Same(
            TensorRole.Dx,
            [.. apart.Select(i => plain[TensorRole.Dx][i])],
            [.. apart.Select(i => changed[TensorRole.Dx][i])]
        );
    }
}
