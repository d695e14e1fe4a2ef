using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The board as JSON: causes and rows here, each system's whole report in a file of its own. No time stamps.</summary>
internal static class BoardJson
{
    private const int Schema = 1;

    public static string Write(Board board) =>
        JsonFiles.Text(
            new BoardDocument
            {
                Schema = Schema,
                Command = board.Command,
                Systems =
                [
                    .. board.Systems.Select(system => new BoardSystemDocument
                    {
                        Backend = system.Backend,
                        System = system.Report?.System ?? "",
                        Convention = system.Report?.Convention ?? "",
                        Contract = system.Report?.Contract ?? "",
                        Cases = system.Report?.Cases ?? 0,
                        Stopped = system.Report?.Stopped ?? "",
                        Missing = system.Missing,
                    }),
                ],
                Rows = [.. board.Rows.Select(row => Row(board, row))],
                Causes =
                [
                    .. board.Causes.Select(cause => new BoardCauseDocument
                    {
                        Number = cause.Number,
                        CauseId = cause.Cause.Id,
                        Cause = cause.Cause.Sentence,
                        Findings =
                        [
                            .. cause.Findings.Select(found => new BoardFindingDocument
                            {
                                Backend = found.System.Backend,
                                Status = found.Finding.Status,
                                Cells = [.. found.Finding.Cells.Select(JsonReport.Document)],
                                Count = found.Finding.Count,
                                Case = found.Finding.Case,
                                Detail = found.Finding.Detail,
                                Again = BoardWords.Again(found),
                                Files = found.Finding.Files,
                            }),
                        ],
                    }),
                ],
            }
        );

    private static BoardRowDocument Row(Board board, BoardRow row) =>
        new()
        {
            Cell = JsonReport.Document(row.Cell),
            Options = BoardWords.Options(row.Cell),
            Places =
            [
                .. row.Places.Select(
                    (place, i) =>
                        new BoardPlaceDocument
                        {
                            Backend = board.Systems[i].Backend,
                            Verdict =
                                place.Cases == 0 ? "unsupported"
                                : place.Failures > 0 ? "finding"
                                : "passed",
                            Cases = place.Cases,
                            Failures = place.Failures,
                            Causes = place.Causes,
                        }
                ),
            ],
        };
}

internal sealed record BoardDocument
{
    public required int Schema { get; init; }

    public required string Command { get; init; }

    public required IReadOnlyList<BoardSystemDocument> Systems { get; init; }

    public required IReadOnlyList<BoardRowDocument> Rows { get; init; }

    public required IReadOnlyList<BoardCauseDocument> Causes { get; init; }
}

internal sealed record BoardSystemDocument
{
    public required string Backend { get; init; }

    /// <summary>Name and version as the system gives them; empty where it could not run.</summary>
    public required string System { get; init; }

    public required string Convention { get; init; }

    public required string Contract { get; init; }

    public required long Cases { get; init; }

    public required string Stopped { get; init; }

    /// <summary>Why it could not run; empty where it did.</summary>
    public required string Missing { get; init; }
}

internal sealed record BoardRowDocument
{
    public required CellNames Cell { get; init; }

    /// <summary>What to append to <c>normcheck verify SYSTEM</c>.</summary>
    public required string Options { get; init; }

    public required IReadOnlyList<BoardPlaceDocument> Places { get; init; }
}

internal sealed record BoardPlaceDocument
{
    public required string Backend { get; init; }

    public required string Verdict { get; init; }

    public required long Cases { get; init; }

    public required long Failures { get; init; }

    /// <summary>Numbers of the causes met here.</summary>
    public required IReadOnlyList<int> Causes { get; init; }
}

internal sealed record BoardCauseDocument
{
    public required int Number { get; init; }

    public required string CauseId { get; init; }

    public required string Cause { get; init; }

    public required IReadOnlyList<BoardFindingDocument> Findings { get; init; }
}

internal sealed record BoardFindingDocument
{
    public required string Backend { get; init; }

    public required string Status { get; init; }

    public required IReadOnlyList<CellNames> Cells { get; init; }

    public required long Count { get; init; }

    public required string Case { get; init; }

    public required string Detail { get; init; }

    /// <summary>The command that shows it again.</summary>
    public required string Again { get; init; }

    public required IReadOnlyList<string> Files { get; init; }
}
