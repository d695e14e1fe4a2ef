using NormCheck.Cli.Problems;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary>What the words after <c>verify</c> say; null or empty where they say nothing.</summary>
internal sealed record VerifyArguments
{
    /// <summary>With a budget and no number of cases, time alone ends the run.</summary>
    private const long Endless = 1L << 40;

    public required string Backend { get; init; }

    public string? Ops { get; init; }

    public string? Passes { get; init; }

    public string? DTypes { get; init; }

    public string? Layouts { get; init; }

    /// <summary>Which laws are tried; null: all.</summary>
    public string? Laws { get; init; }

    public IReadOnlyList<string> Problems { get; init; } = [];

    public string? Budget { get; init; }

    public long? Cases { get; init; }

    public ulong Seed { get; init; } = 1;

    public string? Shard { get; init; }

    public ContractLevel Contract { get; init; } = ContractLevel.AnyOrder;

    public string? Convention { get; init; }

    public bool FailFast { get; init; }

    /// <summary>True where only time ends the run.</summary>
    public bool IsEndless => Budget is not null && Cases is null;

    /// <summary>Random cases, where no budget alone ends the run; none by themselves beside a list.</summary>
    public long NumberOfCases => Cases ?? (Problems.Count > 0 ? 0 : CampaignOptions.DefaultCases);

    /// <summary>The command that repeats the run, in one canonical form, without shard, reports and output.</summary>
    public string Command => CommandFor([Backend]);

    /// <summary>The same for several backends.</summary>
    public string CommandFor(IEnumerable<string> backends)
    {
        var words = new List<string> { Output.CommandText.Program, "verify" };
        words.AddRange(backends.Select(Output.CommandText.Quote));
        Add("--ops", Ops);
        Add("--passes", Passes);
        Add("--dtypes", DTypes);
        Add("--layouts", Layouts);
        Add("--laws", Laws);
        foreach (var problems in Problems)
        {
            Add("--problems", problems);
        }

        Add("--budget", Budget);
        Add(
            "--cases",
            Cases is null && Budget is null && Problems.Count == 0
                ? $"{CampaignOptions.DefaultCases}"
                : Cases?.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        Add("--seed", Seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("--contract", Contract.Word());
        Add("--convention", Convention);
        if (FailFast)
        {
            words.Add("--fail-fast");
        }

        return string.Join(' ', words);

        void Add(string option, string? value)
        {
            if (value is not null)
            {
                words.Add($"{option} {Output.CommandText.Quote(value)}");
            }
        }
    }

    /// <exception cref="InputException">A word makes no sense, or no listed problem is left.</exception>
    public CampaignOptions Options(BackendDescription backend)
    {
        var convention = Conventions.Get(Convention ?? backend.Convention);
        var selection = new CaseSelection
        {
            Ops = Ops is null ? NormOps.All : Words.List(Ops, Words.Op),
            Passes = Passes is null ? NormPasses.All : Words.List(Passes, Words.Pass),
            DTypes = DTypes is null
                ? NormCheck.Contract.DTypes.All
                : Words.List(DTypes, Words.DType),
            Layouts = Layouts is null
                ? NormCheck.Contract.Layouts.All
                : Words.List(Layouts, Words.Layout),
            Convention = convention,
        };
        var (shard, shards) = Shard is null ? (1, 1) : Words.Shard(Shard);
        return new CampaignOptions
        {
            Level = Contract,
            Selection = selection,
            Cases = IsEndless ? Endless : NumberOfCases,
            Budget = Budget is null ? null : Words.Duration("--budget", Budget),
            Seed = Seed,
            Listed = Listed(selection),
            Shard = shard,
            Shards = shards,
            FailFast = FailFast,
            Laws = Words.Laws(Laws),
        };
    }

    private IReadOnlyList<Case> Listed(CaseSelection selection)
    {
        var all = Problems
            .SelectMany(each => ProblemList.Load(each, selection.Convention))
            .ToArray();
        Case[] fits = [.. all.Where(each => Fits(selection, each.Problem))];
        return Problems.Count == 0 || fits.Length > 0
            ? fits
            : throw new InputException(
                $"none of the {all.Length} cases of {string.Join(", ", Problems)} fits --ops, --passes, --dtypes and --layouts"
            );
    }

    private static bool Fits(CaseSelection selection, NormProblem problem) =>
        selection.Ops.Contains(problem.Op)
        && selection.Passes.Contains(problem.Pass)
        && selection.DTypes.Contains(problem.DType)
        && (!problem.Op.HasChannels() || selection.Layouts.Contains(problem.Layout));
}
