using NormCheck.Cli.Output;
using NormCheck.Contract;
using Spectre.Console;

namespace NormCheck.Cli.Reports;

/// <summary>Tables on a terminal. All of Spectre's tables are here, so that plain output never loads it.</summary>
internal static class RichTables
{
    public static void Verdict(Terminal terminal, VerdictTable table)
    {
        var drawn = Frame(["op", "pass", "layout", .. table.DTypes.Select(dtype => dtype.Word())]);
        foreach (var row in table.Rows)
        {
            drawn.AddRow([
                Plain(row.Op),
                Plain(row.Pass),
                Plain(row.Layout),
                .. row.Cells.Select(cell => new Text(cell.Sign, StyleOf(cell.State))),
            ]);
        }

        Console(terminal).Write(drawn);
    }

    public static void Words(
        Terminal terminal,
        IReadOnlyList<string> header,
        IReadOnlyList<IReadOnlyList<string>> rows
    )
    {
        var drawn = Frame(header);
        foreach (var row in rows)
        {
            drawn.AddRow(row.Select(Plain));
        }

        Console(terminal).Write(drawn);
    }

    /// <summary>A Spectre console on the same stream, no wider than reports are.</summary>
    public static IAnsiConsole Console(Terminal terminal)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) }
        );
        console.Profile.Width = Math.Min(console.Profile.Width, Terminal.Width);
        return console;
    }

    private static Table Frame(IReadOnlyList<string> header)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var title in header)
        {
            table.AddColumn(new TableColumn(new Text(title)).NoWrap());
        }

        return table;
    }

    private static Text Plain(string text) => new(text);

    private static Style StyleOf(CellState state) =>
        state switch
        {
            CellState.Passed => new Style(Color.Green),
            CellState.Finding => new Style(Color.Red, decoration: Decoration.Bold),
            _ => new Style(Color.Grey),
        };
}
