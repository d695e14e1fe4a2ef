using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>Fills one group of x: group number, values to fill, random stream.</summary>
public delegate void GroupFill(int group, Span<double> values, SeededRandom random);

/// <summary>A named way to fill x, with what it is for. A name may take one number or a range.</summary>
public sealed record DataClass(
    string Name,
    string Parameter,
    string Summary,
    Func<DataArguments, NormProblem, GroupFill> Create
);

/// <summary>The numbers after a data class name: offset:1e4 has one, rows:1e-4..1e4 two.</summary>
public readonly record struct DataArguments(double First, double Second);
