using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>The gradients as linear maps of dy.</summary>
internal static class GradientLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "gradient-scale",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement = "dy times a power of two, of either sign, gives all gradients times that.",
            Formula = "d(±2ᵏdy) = ±2ᵏ·d(dy)",
            Passes = LawOps.Backwards,
            Check = GradientScale,
        },
        new()
        {
            Id = "gradient-additive",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "The gradients of a sum are the sums of the gradients.",
            Formula = "d(dy₁ + dy₂) = d(dy₁) + d(dy₂)",
            Passes = LawOps.Backwards,
            Check = bench => IsAdditive(bench, TensorRole.Dy, [.. bench.Call.Outputs()], 51),
        },
        new()
        {
            Id = "gradient-zero",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement = "No gradient in, no gradient out.",
            Formula = "dy = 0 ⇒ dx = dγ = dβ = 0",
            Passes = LawOps.Backwards,
            Check = bench =>
                IsZero(bench, bench.Call.Map(TensorRole.Dy, _ => 0), [.. bench.Call.Outputs()]),
        },
        new()
        {
            Id = "gradient-local",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement =
                "dy of one group (in inference of one element) leaves dx of all others alone, bit for bit.",
            Formula = "group(i) ≠ group(j) ⇒ ∂dxᵢ/∂dyⱼ = 0",
            Passes = LawOps.Backwards,
            Check = Local,
        },
        new()
        {
            Id = "gradient-symmetric",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "Without γ the derivative of y by x is a symmetric matrix.",
            Formula = "⟨u, dx(v)⟩ = ⟨v, dx(u)⟩",
            Passes = LawOps.Backwards,
            Check = Symmetric,
        },
        new()
        {
            Id = "gradient-energy",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "Without γ the derivative of y by x has no negative eigenvalue.",
            Formula = "⟨dy, dx(dy)⟩ ≥ 0",
            Passes = LawOps.Backwards,
            Check = Energy,
        },
    ];

    /// <summary>Outputs that have a claim are 0, of either sign.</summary>
    public static LawOutcome IsZero(LawBench bench, Call call, params TensorRole[] roles)
    {
        if (!bench.Read(call, out var own))
        {
            return bench.Missing;
        }

        // Where there is a claim nothing overflows on the way, and 0 times a finite number is 0.
        return LawOutcome.All(
            roles.Select(role =>
            {
                var near = own.Near(role);
                double[] claimed = [.. own[role].Where((_, i) => !near[i].IsUnknown)];
                return LawBench.Same(
                    role,
                    new double[claimed.Length],
                    [.. claimed.Select(value => value + 0)]
                );
            })
        );
    }

    /// <summary>Outputs that are linear in an input: two of its values and their sum, all in eighths and so exact.</summary>
    public static LawOutcome IsAdditive(
        LawBench bench,
        TensorRole input,
        TensorRole[] outputs,
        ulong key
    )
    {
        var random = bench.Random(key);
        var count = bench.Call[input].Length;
        var (one, two) = (MadeData.Eighths(random, count), MadeData.Eighths(random, count));
        double[] both = [.. one.Zip(two, (a, b) => a + b)];
        if (
            !bench.Read(bench.Call.With(input, one), out var first)
            || !bench.Read(bench.Call.With(input, two), out var second)
            || !bench.Read(bench.Call.With(input, both), out var sum)
        )
        {
            return bench.Missing;
        }

        // The truths add up.
        return LawOutcome.All(
            outputs.Select(role =>
                Relation.Equal(
                    role.Name(),
                    sum.Near(role)
                        .Zip(first.Near(role).Zip(second.Near(role), (one, two) => one + two))
                )
            )
        );
    }

    private static LawOutcome GradientScale(LawBench bench)
    {
        var k = PowersOfTwo.Exponent(bench, 53);
        var sign = bench.Random(54).Chance(0.5) ? 1 : -1;
        return PowersOfTwo.Compare(
            bench,
            bench.Call,
            bench.Call.Map(TensorRole.Dy, value => sign * Math.ScaleB(value, k)),
            _ => sign * Math.ScaleB(1, k)
        );
    }

    private static LawOutcome Local(LawBench bench)
    {
        if (!bench.Read(out var plain))
        {
            return bench.Missing;
        }

        var random = bench.Random(55);
        var changed = random.Pick(plain.Groups);
        if (bench.Problem.Pass.IsInference())
        {
            changed = [random.Pick(changed)];
        }

        double[] dy = [.. bench.Call[TensorRole.Dy]];
        foreach (var i in changed)
        {
            dy[i] = 1 - (2 * dy[i]);
        }

        if (!bench.Read(bench.Call.With(TensorRole.Dy, dy), out var other))
        {
            return bench.Missing;
        }

        int[] apart = [.. Enumerable.Range(0, dy.Length).Except(changed)];
        return LawBench.Same(
            TensorRole.Dx,
            [.. apart.Select(i => plain[TensorRole.Dx][i])],
            [.. apart.Select(i => other[TensorRole.Dx][i])]
        );
    }

    private static LawOutcome Symmetric(LawBench bench)
    {
        if (!bench.Problem.HasExactGradient())
        {
            return LawConventions.Other;
        }

        var bare = bench.Call.WithoutAffine();
        var u = bare[TensorRole.Dy];
        var v = MadeData.Eighths(bench.Random(56), u.Length);
        if (
            !bench.Read(bare, out var first)
            || !bench.Read(bare.With(TensorRole.Dy, v), out var second)
        )
        {
            return bench.Missing;
        }

        // J = (1 − 11ᵀ/m − x̂x̂ᵀ/m)/σ in every group; the outputs of both calls carry their bounds.
        var (ofU, ofV) = (first.Near(TensorRole.Dx), second.Near(TensorRole.Dx));
        return Relation.Equal(
            "⟨v, dx(u)⟩",
            first.PerGroup(i => v[i] * ofU[i]).Zip(first.PerGroup(i => u[i] * ofV[i]))
        );
    }

    private static LawOutcome Energy(LawBench bench)
    {
        if (!bench.Problem.IsPlain())
        {
            return LawConventions.Other;
        }

        var bare = bench.Call.WithoutAffine();
        if (!bench.Read(bare, out var own))
        {
            return bench.Missing;
        }

        // The eigenvalues of J·σ are 0, 1 and 1 − v/σ².
        var (dy, dx) = (bare[TensorRole.Dy], own.Near(TensorRole.Dx));
        return Relation.AtMost(
            "-⟨dy, dx⟩",
            own.PerGroup(i => dy[i] * dx[i]).Select(sum => (-sum, (Near)0))
        );
    }
}
