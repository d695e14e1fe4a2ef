using NormCheck.Contract;

namespace NormCheck.Verification.Campaigns;

/// <summary>What a self-test is asked to do.</summary>
public sealed record SelftestOptions
{
    /// <summary>Random cases for each correct variant.</summary>
    public long Cases { get; init; } = 36_000;

    /// <summary>Runs of the climbing search in each op.</summary>
    public long Climb { get; init; } = 3000;

    /// <summary>Cases after which a fault counts as a survivor.</summary>
    public long FaultCases { get; init; } = 12_000;

    /// <summary>Cases in each cell on which every law is tried on every fault.</summary>
    public int MatrixCases { get; init; } = 1;

    public ulong Seed { get; init; } = 1;
}

/// <summary>The power of the suite: what it finds, and what it accuses wrongly.</summary>
public sealed record SelftestReport
{
    public required SelftestOptions Options { get; init; }

    /// <summary>How the faults were found out, in the order of the catalogue.</summary>
    public IReadOnlyList<Kill> Kills { get; init; } = [];

    /// <summary>What the laws say of the faults.</summary>
    public IReadOnlyList<LawRow> Matrix { get; init; } = [];

    /// <summary>What the laws say of the correct variants.</summary>
    public IReadOnlyList<LawRow> Lawful { get; init; } = [];

    /// <summary>Correct kernels that the oracle rejected.</summary>
    public IReadOnlyList<FalseAlarm> Alarms { get; init; } = [];

    /// <summary>How near correct kernels come to the bound.</summary>
    public IReadOnlyList<Nearness> Nearest { get; init; } = [];

    public IReadOnlyList<ClimbReport> Climbs { get; init; } = [];

    public TimeSpan Elapsed { get; init; }

    /// <summary>Case × variant runs that the oracle judged.</summary>
    public long VariantRuns => Nearest.Sum(each => each.Runs) + Alarms.Count;

    public IEnumerable<Kill> Survivors => Kills.Where(kill => kill.Survived);

    /// <summary>Faults of the matrix that no law finds by itself.</summary>
    public IEnumerable<string> LawfulFaults =>
        Matrix.Where(row => row.Cells.All(cell => !cell.IsBroken)).Select(row => row.Subject);

    /// <summary>Laws that accuse a correct kernel, with whom.</summary>
    public IEnumerable<(string Subject, LawCell Cell)> LawAlarms =>
        Lawful.SelectMany(row =>
            row.Cells.Where(cell => cell.IsBroken).Select(cell => (row.Subject, cell))
        );

    /// <summary>A bound that correct kernels never come near would let wrong ones through.</summary>
    public IEnumerable<ClimbReport> Loose =>
        Climbs.Where(climb => !(climb.Ratio > Nearness.Tight && climb.Ratio <= 1));

    public bool Holds => !Survivors.Any() && Alarms.Count == 0 && !LawAlarms.Any() && !Loose.Any();
}
