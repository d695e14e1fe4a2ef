namespace NormCheck.Verification.Laws;

/// <summary>What a call may depend on: its inputs, and nothing else.</summary>
internal static class MachineLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "repeatable",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "The same call twice gives the same bits.",
            Formula = "f(x) = f(x)",
            Check = bench =>
                bench.Base(out var first) && bench.Ask(bench.Call, out var second)
                    ? LawOutcome.All(
                        first.Roles.Select(role => LawBench.Same(role, first[role], second[role]))
                    )
                    : bench.Missing,
        },
    ];
}
