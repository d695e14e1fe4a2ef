namespace NormCheck.Optimized.Kernels;

/// <summary>A part of a matrix: some neighbouring columns of some rows. All numbers are elements.</summary>
internal readonly record struct Tile(nint First, int Rows, nint Distance, int Columns)
{
    /// <summary>Rows that sums take a turn; writes need none.</summary>
    public int RowsOfTurn { get; init; }

    /// <summary>Elements from the row that would follow this tile to the first row of the tile that is done next.</summary>
    public nint Jump { get; init; }

    /// <summary>Whether the tile was read a moment ago, so that writes need to fetch nothing.</summary>
    public bool IsInCache { get; init; }
}
