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
    /// <summary>Bytes that all threads together may expect to find in the last-level cache again.</summary>
    public const long CacheShare = 24L * 1024 * 1024;

    private const int WidestStrip = 128;

    /// <summary>Larger matrices do not stay in the cache of one core: their rows are read as they lie in memory.</summary>
    private const long LargestCut = 4L * 1024 * 1024;

    private const int WidestRow = 2048;

    /// <summary>Bytes of a row from which on Fast takes short turns.</summary>
    private const int LongRow = 1024;
    private const int RowsOfShortTurn = 4;
    private const int RowsOfLongTurn = 16;
    private const int ElementsOfChunk = 32 * 1024;
    private const int ElementsOfLargeChunk = 128 * 1024;
    private const int MostRows = 1024;
    private const int MostSampleRows = 64;

    /// <param name="tier">Fast may add up fewer rows a turn: it has registers enough to read long rows nearly in order.</param>
    public ColumnGeometry(NormProblem problem, Tier tier)
    {
        Channels = problem.Channels;
        var positions = (int)(problem.Shape.Count / Channels);
        SpansSamples = problem.Op.HasRunningStatistics();
        Matrices = SpansSamples ? 1 : problem.Shape[0];
        Rows = positions / Matrices;
        ColumnsOfGroup = problem.Op == NormOp.GroupNorm ? Channels / problem.Groups : 1;

        var bytes = (long)Rows * Channels * problem.DType.Size();
        var widest = bytes > LargestCut ? WidestRow : WidestStrip;

        // Whole packs and whole groups, where a strip can have both: its columns then need no other strip's.
        var both = PackSizes.Lanes * ColumnsOfGroup / Gcd(PackSizes.Lanes, ColumnsOfGroup);
        StripColumns = Math.Min(Channels, both <= widest ? widest / both * both : widest);
        HasIndependentStrips = StripColumns == Channels || StripColumns % ColumnsOfGroup == 0;
        var isLong = StripColumns * problem.DType.Size() >= LongRow;
        RowsOfTurn = tier == Tier.Fast && isLong ? RowsOfShortTurn : RowsOfLongTurn;
        Strips = Chunks.CeilingOf(Channels, StripColumns);
        var elements = bytes > LargestCut ? ElementsOfLargeChunk : ElementsOfChunk;
        RowsOfChunk = Math.Clamp(elements / StripColumns, 1, MostRows);
        ChunksOfMatrix = Chunks.CeilingOf(Rows, RowsOfChunk);
        var read = bytes * (problem.Pass.IsBackward() ? 2 : 1);
        MatricesOfSlice = (int)Math.Clamp(CacheShare / 2 / read, 1, Matrices);
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

    /// <summary>Rows whose mean is the pivot of a strip, where everything is found in one look.</summary>
    public int SampleRows => Math.Min(MostSampleRows, Rows);

    public int ChunksOfMatrix { get; }

    /// <summary>Rows that sums take a turn: so long the sums of a column stay in registers.</summary>
    public int RowsOfTurn { get; }

    public int StripColumns { get; }

    public int Strips { get; }

    /// <summary>Matrices that are summed, finished and written before the next ones, while they are in the cache.</summary>
    public int MatricesOfSlice { get; }

    /// <summary>True where every group lies in one strip.</summary>
    public bool HasIndependentStrips { get; }

    /// <summary>Additions that a lane takes one after the other: of rows, of turns, of chunks.</summary>
    public int Additions =>
        RowsOfTurn + Chunks.CeilingOf(RowsOfChunk, RowsOfTurn) + ChunksOfMatrix + ColumnsOfGroup;

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
        )
        {
            RowsOfTurn = RowsOfTurn,
        };
    }
}
