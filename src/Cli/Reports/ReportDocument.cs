namespace NormCheck.Cli.Reports;

/// <summary>The JSON report, property by property in the order of the file.</summary>
internal sealed record ReportDocument
{
    public required int Schema { get; init; }

    public required string Backend { get; init; }

    public required string System { get; init; }

    public required string Contract { get; init; }

    public required string Convention { get; init; }

    public required ulong Seed { get; init; }

    public required string Command { get; init; }

    public required IReadOnlyList<string> Shards { get; init; }

    public required string Stopped { get; init; }

    public bool Holds { get; init; }

    public long Cases { get; init; }

    public long Declined { get; init; }

    public required IReadOnlyList<CellDocument> Cells { get; init; }

    public required IReadOnlyList<GradeDocument> Grades { get; init; }

    public required IReadOnlyList<FindingDocument> Findings { get; init; }

    public required SortedDictionary<string, long> DataClasses { get; init; }

    public IReadOnlyList<LawDocument> Laws { get; init; } = [];

    public IReadOnlyList<ClimbDocument> Climbs { get; init; } = [];
}

internal sealed record LawDocument
{
    public required string Id { get; init; }

    public required long Held { get; init; }

    public required long Skipped { get; init; }

    public required long Broken { get; init; }
}

internal sealed record ClimbDocument
{
    public required string Op { get; init; }

    public required long Runs { get; init; }

    public required double Ratio { get; init; }

    public required string Case { get; init; }
}

/// <summary>A cell in the words of the case text; layout is "-" for ops without channels.</summary>
internal sealed record CellNames
{
    public required string Op { get; init; }

    public required string Pass { get; init; }

    public required string Dtype { get; init; }

    public required string Layout { get; init; }
}

internal sealed record CellDocument
{
    public required CellNames Cell { get; init; }

    public string Verdict { get; init; } = "";

    public required long Cases { get; init; }

    public required long Declined { get; init; }

    public required long Failures { get; init; }

    public required double WorstRatio { get; init; }

    public required string WorstCase { get; init; }
}

internal sealed record GradeDocument
{
    public required string Op { get; init; }

    public required string Dtype { get; init; }

    public required string Grade { get; init; }
}

internal sealed record FindingDocument
{
    /// <summary>The cell of the first case.</summary>
    public required CellNames Cell { get; init; }

    /// <summary>All cells in which the finding was met.</summary>
    public IReadOnlyList<CellNames> Cells { get; init; } = [];

    public required string Status { get; init; }

    public required string CauseId { get; init; }

    public required string Cause { get; init; }

    public required long Count { get; init; }

    public required long FirstIndex { get; init; }

    public required string FirstCase { get; init; }

    public required string Case { get; init; }

    public required string Detail { get; init; }

    public required IReadOnlyList<string> Files { get; init; }
}
