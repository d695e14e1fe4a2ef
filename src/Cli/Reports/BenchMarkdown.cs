using System.Text;
using NormCheck.Verification.Timing;

namespace NormCheck.Cli.Reports;

/// <summary>A bench as Markdown.</summary>
internal static class BenchMarkdown
{
    public static string Write(BenchReport report)
    {
        var text = new StringBuilder("# NormCheck: bench\n\n");
        text.Append("```\n").Append(report.Command).Append("\n```\n\n");
        foreach (var backend in report.Backends)
        {
            var about = backend.Description;
            text.Append(
                $"- `{backend.Name}`: {about.Name} {about.Version}{(backend.IsPeer ? ", a peer" : "")}\n"
            );
        }

        text.Append('\n');
        Table(text, BenchText.Header, BenchText.Rows(report));
        text.Append('\n');
        Table(text, BenchText.MeansHeader, BenchText.MeansRows(report));
        foreach (var note in BenchText.Notes(report))
        {
            text.Append('\n').Append(note).Append('\n');
        }

        return text.ToString();
    }

    private static void Table(
        StringBuilder text,
        IReadOnlyList<string> header,
        IEnumerable<IReadOnlyList<string>> rows
    )
    {
        Row(text, header);

        // Names to the left, numbers to the right.
        Row(text, header.Select((_, column) => column < 2 ? "---" : "---:"));
        foreach (var row in rows)
        {
            Row(text, row);
        }
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
