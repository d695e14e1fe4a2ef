using NormCheck.Verification.Cases;
using NormCheck.Verification.Causes;

namespace NormCheck.Verification.Campaigns;

/// <summary>A system on the board: its report, or why there is none.</summary>
/// <param name="Backend">The word by which it was asked for.</param>
/// <param name="Report">What the campaign found out; null where it could not run.</param>
/// <param name="Missing">Why it could not run; empty where it did.</param>
public sealed record BoardSystem(string Backend, CampaignReport? Report, string Missing);

/// <summary>What a system does that has a cause.</summary>
public sealed record BoardFinding(BoardSystem System, FindingReport Finding);

/// <summary>Findings of all systems with one cause in one op.</summary>
/// <param name="Number">From 1, in the order of the systems.</param>
/// <param name="Cause">The cause.</param>
/// <param name="Findings">One or more of each system.</param>
public sealed record BoardCause(int Number, Cause Cause, IReadOnlyList<BoardFinding> Findings);

/// <summary>One place: what a system did in a cell.</summary>
/// <param name="Cases">Cases run and judged; 0 where the system has nothing there.</param>
/// <param name="Failures">Cases that failed.</param>
/// <param name="Causes">Numbers of the causes met there.</param>
public sealed record BoardPlace(long Cases, long Failures, IReadOnlyList<int> Causes);

/// <summary>One row: a cell and what every system did there.</summary>
public sealed record BoardRow(CaseCell Cell, IReadOnlyList<BoardPlace> Places);

/// <summary>The verdicts on several systems side by side, findings joined by cause.</summary>
public sealed record Board(string Command, IReadOnlyList<BoardSystem> Systems)
{
    private IReadOnlyList<BoardCause>? _causes;
    private IReadOnlyList<BoardRow>? _rows;

    public bool Holds => Systems.All(system => system.Report is not { Holds: false });

    /// <summary>
    /// Findings by op and cause. Failures without a known cause, and broken laws, say nothing of each other: each system's
    /// are its own.
    /// </summary>
    public IReadOnlyList<BoardCause> Causes =>
        _causes ??= [
            .. Systems
                .SelectMany(
                    (system, index) =>
                        (system.Report?.Findings ?? []).Select(finding =>
                            (Index: index, Found: new BoardFinding(system, finding))
                        )
                )
                .GroupBy(each =>
                {
                    var finding = each.Found.Finding;
                    var shared =
                        finding.Status == Signature.Wrong && finding.Cause != Cause.Unknown;
                    return (finding.Cell.Op, finding.Cause.Id, Own: shared ? -1 : each.Index);
                })
                .OrderBy(same => same.Key.Op)
                .ThenBy(same => same.Min(each => each.Index))
                .Select(
                    (same, k) =>
                        new BoardCause(
                            k + 1,
                            same.First().Found.Finding.Cause,
                            [.. same.Select(each => each.Found)]
                        )
                ),
        ];

    /// <summary>All cells that some system was asked about and did.</summary>
    public IReadOnlyList<BoardRow> Rows =>
        _rows ??= [
            .. FindingReport
                .Sorted(
                    Systems.SelectMany(system =>
                        (system.Report?.Cells ?? [])
                            .Where(cell => cell.Cases > 0)
                            .Select(cell => cell.Cell)
                    )
                )
                .Select(cell => new BoardRow(
                    cell,
                    [.. Systems.Select(system => Place(system, cell))]
                )),
        ];

    private BoardPlace Place(BoardSystem system, CaseCell cell)
    {
        var report = system.Report?.Cells.FirstOrDefault(each => each.Cell == cell);
        return new(
            report?.Cases ?? 0,
            report?.Failures ?? 0,
            [
                .. Causes
                    .Where(cause =>
                        cause.Findings.Any(each =>
                            each.System == system && each.Finding.Cells.Contains(cell)
                        )
                    )
                    .Select(cause => cause.Number),
            ]
        );
    }
}
