using System.CommandLine;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck merge</c>: shards' JSON into one report.</summary>
internal static class MergeCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "report.json of each shard",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out")
        {
            Description = "write the joined report as JSON",
        };
        var command = new Command("merge", "join the JSON reports of shards") { files, output };
        command.SetAction(parsed =>
            Run(terminal, parsed.GetRequiredValue(files), parsed.GetValue(output))
        );
        return command;
    }

    private static int Run(Terminal terminal, string[] files, string? output)
    {
        var report = ReportMerge.Merge([
            .. files.Select(file => JsonReport.Read(File.ReadAllText(file), file)),
        ]);
        if (output is not null)
        {
            File.WriteAllText(output, JsonReport.Write(report));
        }

        TerminalReport.Write(terminal, report, output is null ? [] : [output], null);
        return ReportExit.Code(terminal, report);
    }
}
