using System.CommandLine;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Commands;

/// <summary>
/// <c>normcheck selftest</c>: the suite's own power. Every kernel that is wrong on purpose must be found, no correct one
/// rejected, and a search must bring a correct one near the bound.
/// </summary>
internal static class SelftestCommand
{
    private static readonly (string Word, SelftestPart Part)[] s_parts =
    [
        .. Enum.GetValues<SelftestPart>()
            .Select(part => (part.ToString().ToLowerInvariant(), part)),
    ];

    public static Command Create(Terminal terminal)
    {
        var plain = new SelftestOptions();
        var cases = new Option<long>("--cases")
        {
            Description = $"random cases for each correct variant ({plain.Cases})",
            DefaultValueFactory = _ => plain.Cases,
        };
        var climb = new Option<long>("--climb")
        {
            Description = $"runs of the climbing search for each op ({plain.Climb})",
            DefaultValueFactory = _ => plain.Climb,
        };
        var faultCases = new Option<long>("--fault-cases")
        {
            Description = $"cases after which a fault counts as a survivor ({plain.FaultCases})",
            DefaultValueFactory = _ => plain.FaultCases,
        };
        var matrixCases = new Option<int>("--matrix-cases")
        {
            Description =
                $"cases a cell on which every law is tried on every fault ({plain.MatrixCases})",
            DefaultValueFactory = _ => plain.MatrixCases,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = $"seed ({plain.Seed})",
            DefaultValueFactory = _ => plain.Seed,
        };
        var only = new Option<string>("--only")
        {
            Description = string.Join(',', s_parts.Select(part => part.Word)),
        };
        var json = new Option<string>("--json") { Description = "write the result to this file" };
        var matrix = new Option<string>("--matrix")
        {
            Description = "write the table of laws and faults to this Markdown file",
        };
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var command = new Command(
            "selftest",
            "how good this suite is: every fault must be found, no correct kernel rejected"
        )
        {
            cases,
            climb,
            faultCases,
            matrixCases,
            seed,
            only,
            json,
            matrix,
            quiet,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                new SelftestOptions
                {
                    Cases = AtLeast("--cases", 1, parsed.GetValue(cases)),
                    Climb = AtLeast("--climb", 0, parsed.GetValue(climb)),
                    FaultCases = AtLeast("--fault-cases", 1, parsed.GetValue(faultCases)),
                    MatrixCases = (int)AtLeast("--matrix-cases", 1, parsed.GetValue(matrixCases)),
                    Seed = parsed.GetValue(seed),
                },
                Parts(parsed.GetValue(only), parsed.GetValue(climb)),
                parsed.GetValue(json),
                parsed.GetValue(matrix),
                parsed.GetValue(quiet)
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        SelftestOptions options,
        IReadOnlyCollection<SelftestPart> parts,
        string? json,
        string? matrix,
        bool quiet
    )
    {
        if (matrix is not null && !parts.Contains(SelftestPart.Matrix))
        {
            throw new InputException("--matrix needs the part 'matrix', which --only leaves out");
        }

        var (part, share) = (parts.First(), 0.0);
        var report = Progress.Show(
            terminal,
            quiet,
            () =>
                new ProgressState(
                    (long)(100 * share),
                    100,
                    0,
                    part.ToString().ToLowerInvariant(),
                    null
                ),
            () =>
                new Selftest(options)
                {
                    Progress = (current, done) => (part, share) = (current, done),
                }.Run(parts)
        );
        SelftestText.Write(terminal.Out, report);
        if (json is not null)
        {
            File.WriteAllText(json, SelftestJson.Write(report));
        }

        if (matrix is not null)
        {
            File.WriteAllText(matrix, LawMatrixMarkdown.Write(report));
        }

        return report.Holds ? ExitCode.Held : ExitCode.Finding;
    }

    private static IReadOnlyCollection<SelftestPart> Parts(string? only, long climb)
    {
        var parts = only is null
            ? [.. s_parts.Select(part => part.Part)]
            : Words.List(only, word => Words.One("part", word, s_parts)).ToList();
        if (climb == 0)
        {
            parts.Remove(SelftestPart.Climb);
        }

        return parts;
    }

    private static long AtLeast(string option, long least, long number) =>
        number >= least
            ? number
            : throw new InputException(
                $"'{option} {number}': expected a number of at least {least}"
            );
}
