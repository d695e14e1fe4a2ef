using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>What a campaign runs.</summary>
public sealed record CampaignOptions
{
    public const int DefaultCases = 6000;

    public ContractLevel Level { get; init; } = ContractLevel.AnyOrder;

    public CaseSelection Selection { get; init; } = new();

    /// <summary>Number of random cases over all shards, those of the climbing searches included.</summary>
    public long Cases { get; init; } = DefaultCases;

    /// <summary>Ends the run after this time, if given, even if cases are left.</summary>
    public TimeSpan? Budget { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Cases that are run before the random ones.</summary>
    public IReadOnlyList<Case> Listed { get; init; } = [];

    /// <summary>This run takes the cases whose number leaves Shard − 1 when divided by Shards.</summary>
    public int Shard { get; init; } = 1;

    public int Shards { get; init; } = 1;

    public bool FailFast { get; init; }

    /// <summary>The laws that are tried on cases whose outputs are right.</summary>
    public IReadOnlyList<Law> Laws { get; init; } = LawCatalogue.All;

    /// <summary>How many of them on one case.</summary>
    public int LawsPerCase { get; init; } = 3;

    /// <summary>Starts another backend, for laws about several callers; null where that is too dear.</summary>
    public Func<INormBackend>? Another { get; init; }

    /// <summary>Runs of the backend that shrinking one finding may take.</summary>
    public int ShrinkTries { get; init; } = 600;

    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>After so many crashes the rest is not run: each of them costs a process.</summary>
    public int MaxAbnormalEnds { get; init; } = 24;

    /// <summary>After so many time-outs the rest is not run.</summary>
    public int MaxTimeOuts { get; init; } = 4;
}

/// <summary>How far a campaign is.</summary>
public sealed record CampaignProgress(
    long Done,
    long Total,
    int Findings,
    string Current,
    TimeSpan Elapsed
);
