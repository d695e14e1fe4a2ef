using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Batch, renorm, instance and group norm of channels-last data. Lanes are channels. Threads take chunks of rows, then ranges
/// of channels, then rows again: the last chunk that was read is the first one written, while it is in the cache.
/// </summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
    : Execution<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int Gather = 0;
    private const int Finish = 1;
    private const int Write = 2;
    private const int SlotGradients = 3;
    private const int WholeStrips = 4;

    /// <summary>Groups are finished in ranges of about as many columns.</summary>
    private const int ColumnsOfRange = 64;

    /// <summary>Bytes that are written in the order of memory, where no buffer limits them. Bands are taken backwards.</summary>
    private const int DirectBandBytes = 1024 * 1024;

    /// <summary>Bands of a matrix for each thread at least, so that none gets much more than its share.</summary>
    private const int BandsOfPart = 4;

    private readonly ColumnGeometry _geometry;
    private readonly nint _plane;
    private readonly bool _ownsStrips;
    private readonly int _groupsOfRange;
    private readonly int _rangesOfMatrix;
    private readonly int _rowsOfBand;
    private readonly int _columnsOfBand;
    private readonly int _rowsOfDirectBand;
    private readonly double* _chunks;
    private readonly double* _merged;
    private readonly byte* _pivots;
    private readonly byte* _numbers;
    private readonly SlotTerms* _slotTerms;
    private readonly bool* _isDistrusted;
    private readonly StripSample* _samples;
    private readonly bool _looksOnce;
    private readonly ColumnScales _scales;
    private long _run;
    private int _matrix;
    private int _matrices;
    private bool _fromHints;
    private bool _repeats;
    private volatile bool _distrusted;

    public ColumnExecution(NormProblem problem, Resources resources)
        : base(problem, resources)
    {
        _geometry = new(problem, OwnTier);
        ExpectAdditions(_geometry.Additions);
        _plane = ColumnSums.PlaneOf(_geometry.Channels);
        _scales = new(
            _geometry.GroupSize,
            problem.Epsilon,
            TPack.LaneBytes == sizeof(float) ? float.Epsilon : double.Epsilon
        );
        var bytes = BytesOf(problem);
        _groupsOfRange = Math.Max(1, ColumnsOfRange / _geometry.ColumnsOfGroup);
        _rangesOfMatrix = Chunks.CeilingOf(_geometry.GroupsOfMatrix, _groupsOfRange);
        var elements = OutputStage.BufferBytes / TStored.Bytes;
        _columnsOfBand = Math.Min(_geometry.Channels, elements / 8);
        _rowsOfBand = Math.Max(1, elements / _columnsOfBand);
        _rowsOfDirectBand = Math.Clamp(
            _geometry.Rows / (BandsOfPart * Parts),
            1,
            Math.Max(1, DirectBandBytes / TStored.Bytes / _geometry.Channels)
        );

        // A thread that has a strip to itself needs to wait for nobody, and finds its data in the cache again.
        var strips = _geometry.Strips * _geometry.Matrices;
        var stripBytes = bytes / strips * (IsBackward ? 2 : 1);
        _ownsStrips =
            _geometry.HasIndependentStrips
            && (
                Parts == 1
                || (DividesWell(strips, Parts) && stripBytes * Parts <= ColumnGeometry.CacheShare)
            );
        var sums = ColumnSums.Planes * _plane * sizeof(double);
        _chunks = (double*)
            resources.Allocate(sums * _geometry.Matrices * _geometry.ChunksOfMatrix).Memory;
        _merged = (double*)resources.Allocate(sums * Parts).Memory;
        _pivots = resources.Allocate(PivotPlanes * _plane * TPack.LaneBytes * Parts).Memory;
        _numbers = resources
            .Allocate(ColumnNumbers.Planes * _plane * TPack.LaneBytes * _geometry.Matrices)
            .Memory;
        var terms = IsBackward ? (nint)_geometry.Matrices * _geometry.Channels : 0;
        _isDistrusted = (bool*)
            resources.Allocate((nint)_geometry.Matrices * _geometry.GroupsOfMatrix).Memory;
        _samples = (StripSample*)resources.Allocate(sizeof(StripSample) * (nint)Parts).Memory;
        _looksOnce =
            !TSum.Corrects
            && problem.Pass == NormPass.ForwardTraining
            && _geometry.ChunksOfMatrix > 1;
        _slotTerms = (SlotTerms*)resources.Allocate(sizeof(SlotTerms) * terms).Memory;
    }

    /// <summary>True where no thread gets much more than its share.</summary>
    private static bool DividesWell(int items, int parts) =>
        items % parts == 0 || items >= 4 * parts;

    /// <summary>Whether statistics come from x in this call.</summary>
    private bool FindsMoments => !IsInference && !(IsBackward && TakesSaved);

    private bool Gathers => FindsMoments || (IsBackward && (!IsInference || HasSlotGradients));

    private ChunkSums ChunksOf(int matrix) =>
        new(_chunks + (ColumnSums.Planes * _plane * _geometry.ChunksOfMatrix * matrix), _plane);

    private ColumnNumbers NumbersOf(int matrix) =>
        new(
            _numbers + (ColumnNumbers.Planes * _plane * TPack.LaneBytes * matrix),
            _plane,
            TPack.LaneBytes
        );

    public override void Do(int part, int parts)
    {
        switch (Phase)
        {
            case WholeStrips:
                StripShare(part, parts);
                break;
            case Gather:
                GatherShare(part, parts);
                break;
            case Finish:
                FinishShare(part, parts);
                break;
            case Write:
                WriteShare(part, parts);
                break;
            default:
                AddSlotTerms(_slotTerms, _geometry.Matrices, _geometry.Channels, part, parts);
                break;
        }

        if (Streams)
        {
            StreamingCopy.Finish();
        }
    }

    protected override void Compute()
    {
        _run++;
        if (_ownsStrips)
        {
            InParallel(WholeStrips, Parts);
        }
        else
        {
            ComputeShared();
        }

        if (IsBackward && HasSlotGradients)
        {
            InParallel(SlotGradients, PartsOfSlots(_geometry.Matrices, _geometry.Channels));
        }
    }

    /// <summary>All threads together, some matrices after the other.</summary>
    private void ComputeShared()
    {
        for (_matrix = 0; _matrix < _geometry.Matrices; _matrix += _geometry.MatricesOfSlice)
        {
            _matrices = Math.Min(_geometry.MatricesOfSlice, _geometry.Matrices - _matrix);
            _fromHints = HasHints;
            _repeats = false;
            GatherAndFinish();
            if (_distrusted)
            {
                (_fromHints, _repeats, _distrusted) = (false, true, false);
                GatherAndFinish();
            }

            InParallel(Write, Parts);
        }
    }

    private void WriteShare(int part, int parts)
    {
        var stage = Stage(part);
        var isDirect = stage.WritesDirectly<TStored>(0, _geometry.Channels, _geometry.Channels);
        var columnsOfBand = isDirect ? _geometry.Channels : _columnsOfBand;
        var rowsOfBand = isDirect ? _rowsOfDirectBand : _rowsOfBand;
        var bands = Chunks.CeilingOf(_geometry.Rows, rowsOfBand);
        var (first, end) = Share(bands * _matrices, part, parts);
        for (var item = end - 1; item >= first; item--)
        {
            var (matrix, band) = Math.DivRem(item, bands);
            var row = band * rowsOfBand;
            for (var column = 0; column < _geometry.Channels; column += columnsOfBand)
            {
                var columns = Math.Min(columnsOfBand, _geometry.Channels - column);
                WriteBand(_matrix + matrix, row, rowsOfBand, column, columns, stage);
            }
        }
    }

    private void WriteBand(
        int matrix,
        int row,
        int rows,
        int column,
        int columns,
        in OutputStage stage
    )
    {
        var at = ((nint)matrix * _geometry.Rows) + row;
        var tile = new Tile(
            (at * _geometry.Channels) + column,
            Math.Min(rows, _geometry.Rows - row),
            _geometry.Channels,
            columns
        )
        {
            // Bands are written from the last to the first.
            Jump = -((nint)rows + Math.Min(rows, _geometry.Rows - row)) * _geometry.Channels,
        };
        WriteTile(tile, NumbersOf(matrix), column, stage);
    }
}
