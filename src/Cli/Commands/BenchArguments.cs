using System.Globalization;
using NormCheck.Cli.Output;
using NormCheck.Cli.Problems;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary>What the words after <c>bench</c> say.</summary>
internal sealed record BenchArguments
{
    private const double MostSeconds = 3600;

    public required IReadOnlyList<string> Backends { get; init; }

    public IReadOnlyList<string> Lists { get; init; } = [];

    public IReadOnlyList<string> Problems { get; init; } = [];

    public double Seconds { get; init; } = 0.5;

    public ulong Seed { get; init; } = 1;

    public ContractLevel Contract { get; init; } = ContractLevel.AnyOrder;

    /// <summary>The command that repeats the run, without reports and output.</summary>
    public string Command
    {
        get
        {
            string[] words =
            [
                CommandText.Program,
                "bench",
                .. Backends,
                .. Lists.SelectMany(list => new[] { "--problems", list }),
                .. Problems.SelectMany(problem => new[] { "--problem", problem }),
                "--seconds",
                ProblemText.Number(Seconds),
                "--seed",
                Seed.ToString(CultureInfo.InvariantCulture),
                "--contract",
                Contract.Word(),
            ];
            return string.Join(' ', words.Select(CommandText.Quote));
        }
    }

    /// <exception cref="InputException">A number or a list makes no sense.</exception>
    public void Check()
    {
        if (!(Seconds > 0 && Seconds <= MostSeconds))
        {
            throw new InputException(
                $"'--seconds {ProblemText.Number(Seconds)}': expected seconds above 0, at most {MostSeconds}"
            );
        }

        if (Backends.GroupBy(word => word).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InputException(
                $"backend '{twice.Key}' is given {twice.Count()} times: expected different ones"
            );
        }
    }

    /// <summary>The cases of all lists and then the single ones; the default list where neither is given.</summary>
    /// <exception cref="InputException">A list is missing or a case makes no sense.</exception>
    public IReadOnlyList<Case> Cases(string defaultList)
    {
        var lists = Lists.Count == 0 && Problems.Count == 0 ? [defaultList] : Lists;
        Case[] cases =
        [
            .. lists.SelectMany(list => ProblemList.Load(list, Conventions.Default)),
            .. Problems.Select(Case.Parse),
        ];
        return cases.Length > 0
            ? [.. cases.Select(each => each.Seed == 0 ? each with { Seed = Seed } : each)]
            : throw new InputException($"no case in {string.Join(", ", lists)}");
    }
}
