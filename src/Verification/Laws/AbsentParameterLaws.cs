using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What an absent γ or β stands for.</summary>
internal static class AbsentParameterLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "gamma-missing",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "No γ means ones, in outputs and gradients.",
            Formula = "f(x; –, β) = f(x; 1, β), dx(–) = dx(1)",
            Check = GammaMissing,
        },
        new()
        {
            Id = "beta-missing",
            Topic = LawTopic.Parameters,
            Kind = LawKind.Bounded,
            Statement = "No β means zeros; gradients but its own do not know of it.",
            Formula = "f(x; γ, –) = f(x; γ, 0), dx(–) = dx(β), dγ(–) = dγ(β)",
            Check = BetaMissing,
        },
    ];

    private static LawOutcome GammaMissing(LawBench bench)
    {
        if (bench.Problem.Convention.GammaOffset != 0)
        {
            return LawConventions.Other;
        }

        var affine = bench.Problem.Affine;
        var bare = bench.Call.For(bench.Problem with { Affine = affine & ~AffineParts.Scale });
        var ones = new double[bench.Problem.ParameterShape.Count];
        Array.Fill(ones, 1);
        var filled = bare.For(
            bench.Problem with
            {
                Affine = affine | AffineParts.Scale,
            },
            (TensorRole.Gamma, ones)
        );
        return Alike(bench, bare, filled);
    }

    private static LawOutcome BetaMissing(LawBench bench)
    {
        var affine = bench.Problem.Affine;
        var bare = bench.Call.For(bench.Problem with { Affine = affine & ~AffineParts.Shift });
        var filled = bare.For(
            bench.Problem with
            {
                Affine = affine | AffineParts.Shift,
            },
            (TensorRole.Beta, new double[bench.Problem.ParameterShape.Count])
        );
        return Alike(bench, bare, filled);
    }

    /// <summary>The outputs that both have, within bounds: a kernel may have a path of its own for what is absent.</summary>
    private static LawOutcome Alike(LawBench bench, Call first, Call second) =>
        bench.Read(first, out var one) && bench.Read(second, out var other)
            ? LawOutcome.All(first.Outputs().Select(role => Relation.Equal(role, one, other)))
            : bench.Missing;
}
