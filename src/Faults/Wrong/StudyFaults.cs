namespace NormCheck.Faults.Wrong;

/// <summary>
/// The 43 mutants of a study of what the suites of existing systems let through; an entry that names two things is two
/// faults, a and b.
/// </summary>
internal static class StudyFaults
{
    public static Fault[] All { get; } =
    [
        .. StudyStatistics.All,
        .. StudyPrecision.All,
        .. StudyElements.All,
        .. StudyShapes.All,
        .. StudyGradients.All,
        .. StudyCalls.All,
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "m21",
            FaultClass.Index,
            "an index of 32 bits overflows",
            "pytorch/pytorch#184826",
            "the largest tensor of the contract has less than 2²⁸ elements"
        ),
        new(
            "m28b",
            FaultClass.Cheat,
            "−0 comes out as +0",
            Study.Link("M28"),
            "equivalent: the judge compares values, and −0 equals +0"
        ),
        new(
            "m32",
            FaultClass.Degenerate,
            "a tensor without elements crashes the launch",
            Study.Link("M32"),
            "every extent of a problem is at least 1"
        ),
    ];
}

/// <summary>How the study is cited where an entry has no link of its own.</summary>
internal static class Study
{
    public static string Link(string entry) => $"mutation study {entry}";
}
