using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The board for people at a terminal: systems are numbered, since their names are long.</summary>
internal static class BoardText
{
    public static void Write(Terminal terminal, Board board, IReadOnlyList<string> written)
    {
        var writer = terminal.Out;
        writer.WriteLine();
        writer.WriteLine("Verdicts");
        for (var i = 0; i < board.Systems.Count; i++)
        {
            writer.WriteLine(
                $"  [{i + 1}] {board.Systems[i].Backend}: {BoardWords.System(board.Systems[i])}"
            );
        }

        writer.WriteLine();
        Table(terminal, board);
        foreach (var cause in board.Causes)
        {
            writer.WriteLine();
            writer.WriteLine(BoardWords.Cause(cause));
            foreach (var found in cause.Findings)
            {
                writer.WriteLine(
                    $"  {found.System.Backend}: {ReportText.Places(found.Finding)}, {ReportText.Many(found.Finding.Count, "case")}"
                );
                writer.WriteLine($"    detail  {found.Finding.Detail}");
                writer.WriteLine($"    again   {BoardWords.Again(found)}");
            }
        }

        writer.WriteLine();
        if (written.Count > 0)
        {
            writer.WriteLine($"Written: {string.Join(", ", written)}");
        }

        writer.WriteLine(
            $"{ReportText.Many(board.Systems.Count, "system")}, {ReportText.Many(board.Rows.Count, "cell")}, {ReportText.Many(board.Causes.Count, "cause")}"
        );
    }

    /// <summary>A finding, else a system that could not run, else all held.</summary>
    public static int Code(Board board) =>
        !board.Holds ? ExitCode.Finding
        : board.Systems.Any(system => system.Report is null) ? ExitCode.NothingRan
        : ExitCode.Held;

    private static void Table(Terminal terminal, Board board)
    {
        string[] header =
        [
            "op",
            "pass",
            "type",
            "layout",
            .. board.Systems.Select((_, i) => $"[{i + 1}]"),
        ];
        IReadOnlyList<string>[] rows =
        [
            .. board.Rows.Select(row =>
                (IReadOnlyList<string>)
                    [
                        row.Cell.Op.Word(),
                        row.Cell.Pass.Word(row.Cell.Op),
                        row.Cell.DType.Word(),
                        row.Cell.LayoutWord,
                        .. row.Places.Select(Sign),
                    ]
            ),
        ];
        if (rows.Length == 0)
        {
            return;
        }

        if (terminal.Rich)
        {
            RichTables.Words(terminal, header, rows);
        }
        else
        {
            PlainTable.Write(terminal.Out, header, rows);
        }
    }

    private static string Sign(BoardPlace place) =>
        place.Cases == 0 ? "-"
        : place.Failures == 0 ? "ok"
        : place.Causes.Count == 0 ? "FINDING"
        : BoardWords.Causes(place);
}
