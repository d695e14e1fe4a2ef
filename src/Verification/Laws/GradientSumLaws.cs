using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What the gradients of a group or a slot sum up to.</summary>
internal static class GradientSumLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "beta-gradient",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "dβ is the sum of dy over its slot.",
            Formula = "dβ = Σdy",
            Passes = LawOps.Backwards,
            Check = BetaGradient,
        },
        new()
        {
            Id = "gamma-gradient",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "dγ is the sum of dy times what the forward multiplies with γ.",
            Formula = "dγ = Σdy·f(x; 1, 0)",
            Passes = LawOps.Backwards,
            Check = GammaGradient,
        },
        new()
        {
            Id = "gradient-sum",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement =
                "dx sums to 0 in every group, since adding a constant to x changes nothing.",
            Formula = "Σdx = 0",
            Ops = LawOps.Centred,
            Passes = [NormPass.BackwardTraining],
            Check = GradientSum,
        },
        new()
        {
            Id = "constant-gradient",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "A gradient that is the same for a whole group gives dx = 0.",
            Formula = "g = c ⇒ dx = 0",
            Ops = LawOps.Centred,
            Passes = [NormPass.BackwardTraining],
            Check = ConstantGradient,
        },
        new()
        {
            Id = "gradient-correlation",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement =
                "What dx keeps of the direction of x̂ is the share that ε takes: this sees a divisor that Σdx = 0 does not.",
            Formula = "Σdx·x̂ = (Σg·x̂)/σ·ε/(v + ε)",
            Ops = LawOps.Plain,
            Passes = [NormPass.BackwardTraining],
            Check = Correlation,
        },
        new()
        {
            Id = "gradient-along-x",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "For dy = x, dx is x̂ times the share that ε takes.",
            Formula = "dx(x) = x̂·ε/σ²",
            Ops = LawOps.Plain,
            Passes = [NormPass.BackwardTraining],
            Check = AlongX,
        },
        new()
        {
            Id = "gradient-orthogonal",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "Without ε, dx is orthogonal to x, since the unit of x does not matter.",
            Formula = "ε = 0 ⇒ Σdx·x = 0",
            Ops = LawOps.Plain,
            Passes = [NormPass.BackwardTraining],
            Check = Orthogonal,
        },
    ];

    private static LawOutcome BetaGradient(LawBench bench)
    {
        if (!bench.Problem.Affine.HasFlag(AffineParts.Shift))
        {
            return LawOutcome.Skip("there is no β");
        }

        if (!bench.Problem.HasExactGradient())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own))
        {
            return bench.Missing;
        }

        // The law's own sum carries its roundings.
        var dy = bench.Call[TensorRole.Dy];
        return Relation.Equal("dbeta", own.Near(TensorRole.DBeta).Zip(own.PerSlot(i => dy[i])));
    }

    private static LawOutcome GammaGradient(LawBench bench)
    {
        if (!bench.Problem.Affine.HasFlag(AffineParts.Scale))
        {
            return LawOutcome.Skip("there is no γ");
        }

        if (
            !bench.Problem.HasExactGradient()
            || bench.Problem.Convention.ForwardEpsilon != bench.Problem.Convention.BackwardEpsilon
        )
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own) || !bench.Read(bench.Call.Bare(), out var forward))
        {
            return bench.Missing;
        }

        // dγ and every x̂ are off by their bounds.
        var (dy, y) = (bench.Call[TensorRole.Dy], forward.Near(TensorRole.Y));
        return Relation.Equal(
            "dgamma",
            own.Near(TensorRole.DGamma).Zip(own.PerSlot(i => dy[i] * y[i]))
        );
    }

    private static LawOutcome GradientSum(LawBench bench)
    {
        if (!bench.Problem.HasExactGradient())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own))
        {
            return bench.Missing;
        }

        // The truths sum to 0, so the outputs to no more than the sum of their bounds.
        var dx = own.Near(TensorRole.Dx);
        return Relation.Equal("Σdx", own.PerGroup(i => dx[i]).Select(sum => (sum, (Near)0)));
    }

    private static LawOutcome ConstantGradient(LawBench bench)
    {
        if (!bench.Problem.HasExactGradient())
        {
            return LawConventions.Other;
        }

        var bare = bench.Call.WithoutAffine();
        var random = bench.Random(52);
        double[] dy = [.. bare[TensorRole.Dy]];
        foreach (var group in Reference.Partitions.Of(bare.Problem).Groups)
        {
            var constant = MadeData.Eighths(random, 1)[0];
            foreach (var i in group)
            {
                dy[i] = constant;
            }
        }

        // The truth is 0: g − Σg/m vanishes, and so does Σg·x̂.
        return bench.Read(bare.With(TensorRole.Dy, dy), out var own)
            ? Relation.Equal("dx", own.Near(TensorRole.Dx).Select(dx => (dx, (Near)0)))
            : bench.Missing;
    }

    private static LawOutcome Correlation(LawBench bench)
    {
        if (!bench.Problem.IsPlain() || bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own) || !bench.Read(bench.Call.Bare(), out var forward))
        {
            return bench.Missing;
        }

        // Σdx·x̂ = (Σg·x̂ − B·Σx̂²)/σ with B = Σg·x̂/m and Σx̂² = m(1 − ε/σ²); outputs carry their bounds.
        var (dy, dx) = (bench.Call[TensorRole.Dy], own.Near(TensorRole.Dx));
        var (xhat, inverse) = (forward.Near(TensorRole.Y), forward.Near(TensorRole.SavedInvStd));
        var products = own.PerGroup(i => own.Gamma(i) * dy[i] * xhat[i]);
        var epsilon = bench.Problem.RootEpsilon();
        return Relation.Equal(
            "Σdx·x̂",
            own.PerGroup(i => dx[i] * xhat[i])
                .Zip(products.Zip(inverse, (sum, s) => s * sum * (epsilon * (s * s))))
        );
    }

    private static LawOutcome AlongX(LawBench bench)
    {
        if (!bench.Problem.IsPlain())
        {
            return LawConventions.Other;
        }

        var epsilon = MadeData.MatteringEpsilon(bench.Call, bench.Random(57));
        var bare = bench
            .Call.For(bench.Problem with { Affine = AffineParts.None, Epsilon = epsilon })
            .With(TensorRole.Dy, bench.Call[TensorRole.X])
            .Resaved();
        if (!bench.Read(bare, out var own) || !bench.Read(bare.Bare(), out var forward))
        {
            return bench.Missing;
        }

        // B = Σx·x̂/m = v/σ, so dx = (x − μ − x̂·v/σ)/σ = x̂·(1 − v/σ²).
        var inverse = forward.Near(TensorRole.SavedInvStd);
        var xhat = forward.Near(TensorRole.Y);
        epsilon = bare.Problem.RootEpsilon();
        var group = own.GroupOfElement();
        return Relation.Equal(
            "dx",
            own.Near(TensorRole.Dx)
                .Select(
                    (dx, i) => (dx, xhat[i] * (epsilon * (inverse[group[i]] * inverse[group[i]])))
                )
        );
    }

    private static LawOutcome Orthogonal(LawBench bench)
    {
        if (!bench.Problem.IsPlain() || !bench.Problem.HasFreeEpsilon())
        {
            return LawConventions.Other;
        }

        var call = bench.Call.For(bench.Problem with { Epsilon = 0 }).Resaved();
        if (!bench.Read(call, out var own))
        {
            return bench.Missing;
        }

        // y(tx) = y(x) for all t > 0; the outputs carry their bounds.
        var (x, dx) = (call[TensorRole.X], own.Near(TensorRole.Dx));
        return Relation.Equal(
            "Σdx·x",
            own.PerGroup(i => x[i] * dx[i]).Select(sum => (sum, (Near)0))
        );
    }
}
