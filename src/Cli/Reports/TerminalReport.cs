using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The report for people: verdict table, grades, findings, one line of summary.</summary>
internal static class TerminalReport
{
    /// <summary>Findings beyond this many get one line each: the reports and files have all of them in full.</summary>
    private const int MostBlocks = 10;

    /// <param name="terminal">Where to.</param>
    /// <param name="report">What.</param>
    /// <param name="written">Files that hold the report in other forms.</param>
    /// <param name="elapsed">How long the run took, where that is known.</param>
    public static void Write(
        Terminal terminal,
        CampaignReport report,
        IReadOnlyList<string> written,
        TimeSpan? elapsed
    )
    {
        var table = VerdictTable.Of(report);
        if (table.Rows.Count > 0)
        {
            terminal.Out.WriteLine(
                $"Verdict on {report.System} under contract {report.Contract}, convention {report.Convention}"
            );
            if (terminal.Rich)
            {
                RichTables.Verdict(terminal, table);
            }
            else
            {
                PlainVerdict(terminal.Out, table);
            }
        }

        if (report.Grades.Count > 0)
        {
            terminal.Out.WriteLine("Grade: the strongest contract that no case violated");
            WriteGrades(terminal, report, table.DTypes);
        }

        foreach (var line in ReportText.Beside(report))
        {
            terminal.Out.WriteLine(line);
        }

        for (var i = 0; i < report.Findings.Count; i++)
        {
            WriteFinding(terminal, report, i);
        }

        if (report.Findings.Count > 0)
        {
            terminal.Out.WriteLine();
        }

        if (report.Stopped.Length > 0)
        {
            terminal.Out.WriteLine($"Stopped early: {report.Stopped}");
        }

        if (written.Count > 0)
        {
            terminal.Out.WriteLine($"Written: {string.Join(", ", written)}");
        }

        terminal.Out.WriteLine(ReportText.Summary(report, elapsed));
    }

    private static void PlainVerdict(TextWriter writer, VerdictTable table) =>
        PlainTable.Write(
            writer,
            ["op", "pass", "layout", .. table.DTypes.Select(dtype => dtype.Word())],
            [
                .. table.Rows.Select(row =>
                    (IReadOnlyList<string>)
                        [row.Op, row.Pass, row.Layout, .. row.Cells.Select(cell => cell.Plain)]
                ),
            ]
        );

    private static void WriteGrades(
        Terminal terminal,
        CampaignReport report,
        IReadOnlyList<DType> dtypes
    )
    {
        IReadOnlyList<string> header = ["op", .. dtypes.Select(dtype => dtype.Word())];
        IReadOnlyList<IReadOnlyList<string>> rows =
        [
            .. ReportText
                .Grades(report, dtypes)
                .Select(row => (IReadOnlyList<string>)[row.Op, .. row.Grades]),
        ];
        if (terminal.Rich)
        {
            RichTables.Words(terminal, header, rows);
        }
        else
        {
            PlainTable.Write(terminal.Out, header, rows);
        }
    }

    private static void WriteFinding(Terminal terminal, CampaignReport report, int index)
    {
        var finding = report.Findings[index];
        var head = $"Finding {index + 1}: ";
        if (index <= MostBlocks)
        {
            terminal.Out.WriteLine();
        }

        var line = ReportText.Headline(finding);
        if (index >= MostBlocks && finding.Files.Count > 0)
        {
            line += $": {finding.Files[0]}";
        }

        terminal.Out.WriteLine(terminal.Rich ? $"\e[1;31m{head}\e[0m{line}" : head + line);
        if (index < MostBlocks)
        {
            WriteBlock(terminal.Out, report, finding);
        }
    }

    private static void WriteBlock(TextWriter writer, CampaignReport report, FindingReport finding)
    {
        writer.WriteLine($"  case    {finding.Case}");
        writer.WriteLine($"  detail  {finding.Detail}");
        if (finding.Files.Count > 0)
        {
            writer.WriteLine($"  files   {string.Join(", ", finding.Files)}");
        }

        writer.WriteLine($"  again   {ReportText.Again(report, finding)}");
    }
}
