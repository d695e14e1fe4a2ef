using System.Text;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The report as Markdown, for a job summary or a pull request.</summary>
internal static class MarkdownReport
{
    public static string Write(CampaignReport report)
    {
        var table = VerdictTable.Of(report);
        var text = new StringBuilder();
        text.Append("# NormCheck: ").Append(MarkdownText.Escape(report.System)).Append("\n\n");
        text.Append(
            report.Holds
                ? $"**Holds** under contract `{report.Contract}`, convention `{report.Convention}`"
                : $"**{ReportText.Many(report.Findings.Count, "finding")}** under contract `{report.Contract}`, convention `{report.Convention}`"
        );
        text.Append(": ").Append(ReportText.Summary(report, null)).Append(".\n");
        if (report.Stopped.Length > 0)
        {
            text.Append("\nStopped early: ")
                .Append(MarkdownText.Escape(report.Stopped))
                .Append(".\n");
        }

        text.Append("\n## Verdict\n\n");
        MarkdownText.Row(
            text,
            ["op", "pass", "layout", .. table.DTypes.Select(dtype => dtype.Word())]
        );
        MarkdownText.Row(text, Enumerable.Repeat("---", 3 + table.DTypes.Count));
        foreach (var row in table.Rows)
        {
            MarkdownText.Row(
                text,
                [row.Op, row.Pass, row.Layout, .. row.Cells.Select(cell => cell.Sign)]
            );
        }

        if (report.Grades.Count > 0)
        {
            text.Append("\n## Grades\n\nThe strongest contract that no case violated.\n\n");
            MarkdownText.Row(text, ["op", .. table.DTypes.Select(dtype => dtype.Word())]);
            MarkdownText.Row(text, Enumerable.Repeat("---", 1 + table.DTypes.Count));
            foreach (var (op, grades) in ReportText.Grades(report, table.DTypes))
            {
                MarkdownText.Row(text, [op, .. grades]);
            }
        }

        foreach (var line in ReportText.Beside(report))
        {
            text.Append('\n').Append(MarkdownText.Escape(line)).Append(".\n");
        }

        for (var i = 0; i < report.Findings.Count; i++)
        {
            Finding(text, report, i);
        }

        text.Append("\n## Again\n\n");
        MarkdownText.Code(text, report.Command);
        return text.ToString();
    }

    private static void Finding(StringBuilder text, CampaignReport report, int index)
    {
        var finding = report.Findings[index];
        text.Append($"\n## Finding {index + 1}\n\n")
            .Append(MarkdownText.Escape(ReportText.Headline(finding)))
            .Append("\n\n");
        MarkdownText.Code(
            text,
            $"{finding.Case}\n{finding.Detail}\n\n{ReportText.Again(report, finding)}".Trim()
        );
        if (finding.Files.Count > 0)
        {
            text.Append("\nFiles: ")
                .AppendJoin(", ", finding.Files.Select(file => $"`{file}`"))
                .Append('\n');
        }
    }
}
