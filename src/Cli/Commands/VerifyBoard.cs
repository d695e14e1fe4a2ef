using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Commands;

/// <summary>
/// Campaigns on several backends, one after the other, as one table. Each is run in parts, and a part that is done is kept
/// until the whole board is: the same command in the same folder goes on where an interrupted one stopped.
/// </summary>
internal sealed class VerifyBoard(Terminal terminal, string directory, string? forms, VerifyRun run)
{
    /// <summary>Cases of a part: what an interruption loses at most.</summary>
    private const long PartSize = 2000;

    /// <exception cref="InputException">Options that make no sense for several backends.</exception>
    public Board Run(IReadOnlyList<VerifyArguments> all, string command)
    {
        if (all[0].Shard is not null)
        {
            throw new InputException(
                "'--shard' is for one backend: a board runs each backend in parts by itself"
            );
        }

        if (all.Select(each => each.Backend).Distinct().Count() != all.Count)
        {
            throw new InputException(
                $"expected each backend once, got {string.Join(", ", all.Select(each => each.Backend))}"
            );
        }

        // Words that name nothing are told now, not after the others have run.
        foreach (var arguments in all)
        {
            BackendCatalogue.Resolve(arguments.Backend, null);
        }

        var parts = all.Select(each => new BoardParts(Folder(each.Backend))).ToArray();
        var systems = all.Zip(parts, System).ToArray();
        foreach (var part in parts)
        {
            part.Forget();
        }

        return new(command, systems);
    }

    private BoardSystem System(VerifyArguments arguments, BoardParts parts)
    {
        try
        {
            var count = arguments.IsEndless
                ? 1
                : Math.Max(1, (int)((arguments.NumberOfCases + PartSize - 1) / PartSize));
            var reports = Enumerable
                .Range(1, count)
                .Select(part =>
                    Part(arguments with { Shard = $"{part}/{count}" }, parts, part, count)
                )
                .ToArray();
            var report = ReportMerge.Merge(reports);
            new ReportFiles(Folder(arguments.Backend), forms).Write(report);
            return new(arguments.Backend, report, "");
        }
        catch (NothingRanException missing)
        {
            terminal.Complain(missing.Message);
            return new(arguments.Backend, null, missing.Message);
        }
    }

    private CampaignReport Part(VerifyArguments arguments, BoardParts parts, int part, int count)
    {
        if (parts.Done(arguments.Command, part, count) is { } done)
        {
            terminal.Out.WriteLine(
                $"verify {arguments.Backend}: part {part} of {count} was done before"
            );
            return done;
        }

        var report = run.Run(
            arguments,
            new ReportFiles(Path.Combine(Folder(arguments.Backend), $"part-{part}"), null)
        );
        parts.Keep(report, part, count);
        return report;
    }

    /// <summary>A folder of its own for each backend, named after it as far as file names go.</summary>
    private string Folder(string backend) =>
        Path.Combine(
            directory,
            string.Concat(
                backend.Select(letter =>
                    char.IsAsciiLetterOrDigit(letter) || "@._-".Contains(letter) ? letter : '-'
                )
            )
        );
}
