using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Channels-last data as matrices of positions × channels: one for all samples where groups span them (batch norm),
/// otherwise one a sample. For statistics a matrix is cut into chunks of rows and strips of columns, by its size alone.
/// </summary>
internal sealed class ColumnGeometry
{
    private const int WidestStrip = 128;

    /// <summary>Matrices from here on do not stay in the cache: their rows are read as they lie in memory.</summary>
    private const long LargestCut = 4L * 1024 * 1024;

    private const int WidestRow = 2048;
    private const int ElementsOfChunk = 32 * 1024;
    private const int MostRows = 1024;

    public ColumnGeometry(NormProblem problem)
    {
        Channels = problem.Channels;
        var positions = (int)(problem.Shape.Count / Channels);
        SpansSamples = problem.Op.HasRunningStatistics();
        Matrices = SpansSamples ? 1 : problem.Shape[0];
        Rows = positions / Matrices;
        ColumnsOfGroup = problem.Op == NormOp.GroupNorm ? Channels / problem.Groups : 1;

        // Whole packs and whole groups, where a strip can have both: its columns then need no other strip's.
        var both = PackSizes.Lanes * ColumnsOfGroup / Gcd(PackSizes.Lanes, ColumnsOfGroup);
        var widest =
            (long)Rows * Channels * problem.DType.Size() > LargestCut ? WidestRow : WidestStrip;
        StripColumns = Math.Min(Channels, both <= widest ? widest / both * both : widest);
        HasIndependentStrips = StripColumns == Channels || StripColumns % ColumnsOfGroup == 0;
        Strips = Chunks.CeilingOf(Channels, StripColumns);
        RowsOfChunk = Math.Clamp(ElementsOfChunk / StripColumns, 1, MostRows);
        ChunksOfMatrix = Chunks.CeilingOf(Rows, RowsOfChunk);
    }

    public int Channels { get; }

    public bool SpansSamples { get; }

    public int Matrices { get; }

    /// <summary>Rows of one matrix.</summary>
    public int Rows { get; }

    public int ColumnsOfGroup { get; }

    public int GroupsOfMatrix => Channels / ColumnsOfGroup;

    public int GroupSize => Rows * ColumnsOfGroup;

    public int RowsOfChunk { get; }

    public int ChunksOfMatrix { get; }

    public int StripColumns { get; }

    public int Strips { get; }

    /// <summary>True where every group lies in one strip.</summary>
    public bool HasIndependentStrips { get; }

    /// <summary>Rows of a chunk: fewer in the last one.</summary>
    public int RowsIn(int chunk) => Math.Min(RowsOfChunk, Rows - (chunk * RowsOfChunk));

    private static int Gcd(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    public Tile Tile(int matrix, int chunk, int strip)
    {
        var column = strip * StripColumns;
        var row = ((nint)matrix * Rows) + ((nint)chunk * RowsOfChunk);
        return new(
            (row * Channels) + column,
            RowsIn(chunk),
            Channels,
            Math.Min(StripColumns, Channels - column)
        );
    }
}
