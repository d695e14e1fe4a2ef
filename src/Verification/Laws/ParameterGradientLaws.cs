using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What γ and β do to the gradients.</summary>
internal static class ParameterGradientLaws
{
    private static readonly NormPass[] s_backwards =
    [
        NormPass.BackwardTraining,
        NormPass.BackwardInference,
    ];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "parameter-gradients-without-affine",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "dγ and dβ do not depend on γ.",
            Formula = "dγ(γ) = dγ(γ'), dβ(γ) = dβ(γ')",
            Passes = s_backwards,
            Check = WithoutAffine,
        },
        new()
        {
            Id = "gamma-scale-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "γ times a power of two, of either sign, gives dx times that.",
            Formula = "dx(±2ᵏγ) = ±2ᵏ·dx(γ)",
            Passes = s_backwards,
            Check = GammaScale,
        },
        new()
        {
            Id = "gamma-zero-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement = "Where γ is 0 throughout, dx is 0.",
            Formula = "γ = 0 ⇒ dx = 0",
            Passes = s_backwards,
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
            Passes = s_backwards,
            Check = GammaProportional,
        },
        new()
        {
            Id = "gamma-additive-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "The gradients under two γ add up to the gradient under their sum.",
            Formula = "dx(γ₁) + dx(γ₂) = dx(γ₁ + γ₂)",
            Passes = s_backwards,
            Check = GammaAdditive,
        },
        new()
        {
            Id = "gamma-missing-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "No γ means ones in the gradient too.",
            Formula = "dx(–) = dx(1), dβ(–) = dβ(1)",
            Passes = s_backwards,
            Check = GammaMissing,
        },
        new()
        {
            Id = "beta-missing-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "Whether there is a β matters to dβ alone.",
            Formula = "dx(–) = dx(β), dγ(–) = dγ(β)",
            Passes = s_backwards,
            Check = BetaMissing,
        },
        new()
        {
            Id = "slots-apart-gradient",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Exact,
            Statement =
                "γ of one slot leaves dx of all groups that do not use it alone, bit for bit.",
            Formula = "s ∉ slots(group(i)) ⇒ ∂dxᵢ/∂γₛ = 0",
            Passes = s_backwards,
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

    private static LawOutcome GammaMissing(LawBench bench)
    {
        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var affine = bench.Problem.Affine;
        var ones = new double[bench.Problem.ParameterShape.Count];
        Array.Fill(ones, 1);
        return Alike(
            bench,
            bench.Call.For(bench.Problem with { Affine = affine & ~AffineParts.Scale }),
            bench.Call.For(
                bench.Problem with
                {
                    Affine = affine | AffineParts.Scale,
                },
                (TensorRole.Gamma, ones)
            )
        );
    }

    private static LawOutcome BetaMissing(LawBench bench)
    {
        var affine = bench.Problem.Affine;
        return Alike(
            bench,
            bench.Call.For(bench.Problem with { Affine = affine & ~AffineParts.Shift }),
            bench.Call.For(bench.Problem with { Affine = affine | AffineParts.Shift })
        );
    }

    /// <summary>The gradients that both give, within bounds: a kernel may have a path of its own for what is absent.</summary>
    private static LawOutcome Alike(LawBench bench, Call first, Call second) =>
        bench.Read(first, out var one) && bench.Read(second, out var other)
            ? LawOutcome.All(first.Outputs().Select(role => Relation.Equal(role, one, other)))
            : bench.Missing;

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
