using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>What a place of the verdict table says.</summary>
internal enum CellState
{
    Unsupported,
    Passed,
    Finding,
}

/// <summary>One place of the verdict table. A cell that the run is not about counts as unsupported.</summary>
internal readonly record struct VerdictCell(CellState State, long Cases, long Failures)
{
    /// <summary>"✓ 53", "✗ 12/53", "–".</summary>
    public string Sign =>
        State switch
        {
            CellState.Passed => $"✓ {Cases}",
            CellState.Finding => $"✗ {Failures}/{Cases}",
            _ => "–",
        };

    /// <summary>The same in ASCII: "ok 53", "FINDING 12/53", "-".</summary>
    public string Plain =>
        State switch
        {
            CellState.Passed => $"ok {Cases}",
            CellState.Finding => $"FINDING {Failures}/{Cases}",
            _ => "-",
        };
}

/// <summary>The verdict as rows op × pass × layout and columns of element types, whoever prints it.</summary>
internal sealed class VerdictTable
{
    private VerdictTable(IReadOnlyList<DType> dtypes, IReadOnlyList<VerdictRow> rows)
    {
        DTypes = dtypes;
        Rows = rows;
    }

    public IReadOnlyList<DType> DTypes { get; }

    public IReadOnlyList<VerdictRow> Rows { get; }

    public static VerdictTable Of(CampaignReport report)
    {
        var dtypes = Contract
            .DTypes.All.Where(dtype => report.Cells.Any(cell => cell.Cell.DType == dtype))
            .ToArray();
        var rows = report
            .Cells.GroupBy(cell => (cell.Cell.Op, cell.Cell.Pass, cell.Cell.LayoutWord))
            // A cell that only a list could have reached, and did not, is no news.
            .Where(same => same.Any(cell => cell.Cases + cell.Declined > 0))
            .OrderBy(same => same.Key.Op)
            .ThenBy(same => same.Key.Pass)
            .ThenBy(same => same.Min(cell => cell.Cell.Layout))
            .Select(same => new VerdictRow(
                same.Key.Op.Word(),
                same.Key.Pass.Word(same.Key.Op),
                same.Key.LayoutWord,
                [
                    .. dtypes.Select(dtype =>
                        Cell(same.FirstOrDefault(cell => cell.Cell.DType == dtype))
                    ),
                ]
            ));
        return new(dtypes, [.. rows]);
    }

    private static VerdictCell Cell(CellReport? cell) =>
        cell is null || cell.Cases == 0 ? new(CellState.Unsupported, 0, 0)
        : cell.Failures > 0 ? new(CellState.Finding, cell.Cases, cell.Failures)
        : new(CellState.Passed, cell.Cases, 0);
}

/// <summary>One row of the verdict table.</summary>
internal sealed record VerdictRow(
    string Op,
    string Pass,
    string Layout,
    IReadOnlyList<VerdictCell> Cells
);
