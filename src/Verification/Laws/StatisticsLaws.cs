using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What the statistics of a group do to its outputs.</summary>
internal static class StatisticsLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "sign-flip",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Exact,
            Statement =
                "Negating x and β (and the running mean) negates y and leaves 1/σ and the variance alone.",
            Formula = "f(−x; γ, −β) = −f(x; γ, β)",
            Passes = [NormPass.ForwardTraining, NormPass.ForwardInference],
            Check = SignFlip,
        },
    ];

    private static LawOutcome SignFlip(LawBench bench)
    {
        var flipped = bench
            .Call.Map(TensorRole.X, value => -value)
            .Map(TensorRole.Beta, value => -value)
            .Map(TensorRole.RunningMean, value => -value);
        if (!bench.Base(out var plain) || !bench.Ask(flipped, out var other))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain.Roles.Select(role =>
                LawBench.Same(
                    role,
                    role is TensorRole.Y or TensorRole.RunningMean or TensorRole.SavedMean
                        ? [.. plain[role].Select(value => 0 - value)]
                        : plain[role],
                    [.. other[role].Select(value => value + 0)]
                )
            )
        );
    }
}
