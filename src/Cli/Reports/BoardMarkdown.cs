using System.Text;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The board as a page of Markdown, complete in itself: systems, versions, table, causes, commands.</summary>
internal static class BoardMarkdown
{
    public static string Write(Board board)
    {
        var text = new StringBuilder("# Verdicts\n\n");
        text.Append(
            $"Written on {DateTime.UtcNow:yyyy-MM-dd} by the command below, which writes it again.\n\n"
        );
        MarkdownText.Code(text, board.Command);
        text.Append("\n## Systems\n\n");
        MarkdownText.Row(text, ["system", "what ran"]);
        MarkdownText.Row(text, ["---", "---"]);
        foreach (var system in board.Systems)
        {
            MarkdownText.Row(text, [system.Backend, BoardWords.System(system)]);
        }

        text.Append(
            "\n## Table\n\n✓: all cases held. ✗: so many of so many failed, with the findings below. –: the system does not do it. "
                + "To run one place again: `./normcheck verify SYSTEM` with the options of its row.\n\n"
        );
        Table(text, board);
        text.Append("\n## Findings\n");
        foreach (var cause in board.Causes)
        {
            Cause(text, cause);
        }

        if (board.Causes.Count == 0)
        {
            text.Append("\nNone.\n");
        }

        return text.ToString();
    }

    private static void Table(StringBuilder text, Board board)
    {
        string[] header =
        [
            "op",
            "pass",
            "type",
            "layout",
            .. board.Systems.Select(system => system.Backend),
            "options",
        ];
        MarkdownText.Row(text, header);
        MarkdownText.Row(text, Enumerable.Repeat("---", header.Length));
        foreach (var row in board.Rows)
        {
            MarkdownText.Row(
                text,
                [
                    row.Cell.Op.Word(),
                    row.Cell.Pass.Word(row.Cell.Op),
                    row.Cell.DType.Word(),
                    row.Cell.LayoutWord,
                    .. row.Places.Select(place => BoardWords.Place(place, "✓", "✗")),
                    BoardWords.Options(row.Cell),
                ]
            );
        }
    }

    private static void Cause(StringBuilder text, BoardCause cause)
    {
        text.Append($"\n### {MarkdownText.Escape(BoardWords.Cause(cause))}\n");
        foreach (var found in cause.Findings)
        {
            text.Append(
                $"\n{MarkdownText.Escape(found.System.Report!.System)}: {MarkdownText.Escape(ReportText.Places(found.Finding))}, {ReportText.Many(found.Finding.Count, "case")}.\n\n"
            );
            MarkdownText.Code(text, $"{BoardWords.Again(found)}\n{found.Finding.Detail}");
        }
    }
}
