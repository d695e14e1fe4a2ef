using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Causes;

namespace NormCheck.Verification.Campaigns;

/// <summary>One row of the verdict table.</summary>
public sealed record CellReport
{
    public required CaseCell Cell { get; init; }

    /// <summary>Cases that were run and judged.</summary>
    public long Cases { get; init; }

    /// <summary>Cases that the backend declined.</summary>
    public long Declined { get; init; }

    public long Failures { get; init; }

    /// <summary>Largest error/bound over the cases that hold.</summary>
    public double WorstRatio { get; init; }

    /// <summary>The case that has it.</summary>
    public string WorstCase { get; init; } = "";

    public string Verdict =>
        Cases == 0 ? "unsupported"
        : Failures > 0 ? "finding"
        : "passed";
}

/// <summary>A failure with its smallest case.</summary>
public sealed record FindingReport
{
    /// <summary>The cell of the first case.</summary>
    public required CaseCell Cell { get; init; }

    /// <summary>All cells in which it was met, in the order of the table.</summary>
    public IReadOnlyList<CaseCell> Cells { get; init; } = [];

    /// <summary>How it ended: Wrong, Lawless, or a status of the call.</summary>
    public required string Status { get; init; }

    public required Cause Cause { get; init; }

    /// <summary>How many cases failed in this way.</summary>
    public long Count { get; init; }

    /// <summary>Number of the first of them in the sequence, and its text.</summary>
    public long FirstIndex { get; init; }

    public required string FirstCase { get; init; }

    /// <summary>The smallest case found that fails in the same way.</summary>
    public required string Case { get; init; }

    /// <summary>What it does: worst element, value, truth, bound, ratio, ulps; or how the call ended.</summary>
    public required string Detail { get; init; }

    /// <summary>Names of the files written for it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    public Signature Signature => new(Cell, Status, Cause);

    public string Key => Signature.Key;

    /// <summary>Different cells in the order of the table.</summary>
    public static IReadOnlyList<CaseCell> Sorted(IEnumerable<CaseCell> cells) =>
        [
            .. cells
                .Distinct()
                .OrderBy(cell => cell.Op)
                .ThenBy(cell => cell.Pass)
                .ThenBy(cell => cell.DType)
                .ThenBy(cell => cell.Layout),
        ];
}

/// <summary>The strongest contract that nothing violated.</summary>
/// <param name="Op">The op.</param>
/// <param name="DType">The element type.</param>
/// <param name="Level">Index into the ladder; −1 where even the weakest contract is violated.</param>
public sealed record GradeReport(NormOp Op, DType DType, int Level);

/// <summary>How often a law was tried, and with what end.</summary>
public sealed record LawTally(string Law, long Held, long Skipped, long Broken);

/// <summary>How near a climbing search came to the bound in an op.</summary>
/// <param name="Op">The op.</param>
/// <param name="Runs">Runs of the backend.</param>
/// <param name="Ratio">Largest error/bound that holds.</param>
/// <param name="Case">The case that has it.</param>
public sealed record ClimbReport(NormOp Op, long Runs, double Ratio, string Case)
{
    /// <summary>Several searches as one: all runs, the best case.</summary>
    public static ClimbReport Best(IEnumerable<ClimbReport> climbs)
    {
        var all = climbs.ToArray();
        var best = all.OrderByDescending(climb => climb.Ratio)
            .ThenBy(climb => climb.Case, StringComparer.Ordinal)
            .First();
        return best with { Runs = all.Sum(climb => climb.Runs) };
    }
}

/// <summary>Everything a campaign found out.</summary>
public sealed record CampaignReport
{
    public required string Backend { get; init; }

    /// <summary>Name and version as the backend gives them.</summary>
    public required string System { get; init; }

    public required string Contract { get; init; }

    public required string Convention { get; init; }

    public ulong Seed { get; init; }

    /// <summary>The command that repeats the run (without a shard).</summary>
    public required string Command { get; init; }

    /// <summary>1/1 for a whole run; which shards a merged one holds.</summary>
    public IReadOnlyList<string> Shards { get; init; } = ["1/1"];

    public required IReadOnlyList<CellReport> Cells { get; init; }

    public required IReadOnlyList<GradeReport> Grades { get; init; }

    public required IReadOnlyList<FindingReport> Findings { get; init; }

    /// <summary>How often each data class was drawn.</summary>
    public required IReadOnlyDictionary<string, long> DataClasses { get; init; }

    /// <summary>What the laws said, by id.</summary>
    public IReadOnlyList<LawTally> Laws { get; init; } = [];

    /// <summary>What the climbing search reached, op by op.</summary>
    public IReadOnlyList<ClimbReport> Climbs { get; init; } = [];

    /// <summary>Time that the cases took, without shrinking. No part of the report's file: it differs from run to run.</summary>
    public TimeSpan HuntedFor { get; init; }

    /// <summary>Why the run ended before all cases; empty where it did not.</summary>
    public string Stopped { get; init; } = "";

    public long Cases => Cells.Sum(cell => cell.Cases);

    public long Declined => Cells.Sum(cell => cell.Declined);

    public bool Holds => Findings.Count == 0;
}
