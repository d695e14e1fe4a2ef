using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Layer norm and RMS norm: rows of neighbouring elements, a γ and β for every position. Threads take whole rows; where rows
/// are few and long, they share every row, chunk by chunk. dγ and dβ are added up over slices of the rows, as many as the
/// number of rows says.
/// </summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
    : TurnExecution<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int WholeRows = 0;
    private const int SharedMoments = 1;
    private const int SharedProducts = 2;
    private const int SharedOutput = 3;
    private const int SlotGradients = 4;
    private const int SharedHints = 5;

    /// <summary>Rows whose terms are added before they go to the sum of a slot.</summary>
    private const int RowsATurn = 4;

    /// <summary>Bytes: what is nearer than this is used before it arrives.</summary>
    private const int NearestFetch = 8192;

    /// <summary>Bytes that a call may move within the cores' own caches, where a prefetcher does as well.</summary>
    private const long OwnCaches = 4L * 1024 * 1024;

    private const int RowsOfSlice = 32;
    private const int MostSlices = 16;

    private readonly int _rows;
    private readonly int _length;
    private readonly int _slices;
    private readonly nint _next;
    private readonly int _chunksOfRow;
    private readonly int _rowsOfTurn;
    private readonly bool _shares;
    private readonly Scratch _missing;
    private readonly ChunkMoments* _moments;
    private readonly UnitSums* _products;
    private readonly GroupNumbers* _numbers;
    private readonly byte* _gradients;
    private readonly double* _slots;
    private readonly bool _widens;
    private readonly bool _writesPairs;
    private readonly bool _widensParameters;
    private readonly nint _laneRowBytes;
    private readonly byte* _lanes;
    private readonly byte* _laneParameters;
    private byte* _gamma;
    private byte* _beta;

    protected override bool FetchesAhead { get; }

    public RowExecution(NormProblem problem, Resources resources)
        : base(problem, resources)
    {
        _length = (int)problem.GroupSize;
        _rows = (int)(problem.Shape.Count / _length);
        _slices = Math.Clamp(_rows / RowsOfSlice, 1, MostSlices);
        _chunksOfRow = Chunks.CeilingOf(_length, Chunks.Size);
        ExpectAdditions(new Chunks(new(0, 1, 0, _length)).Additions);
        _shares = Parts > 1 && (IsBackward ? _slices : _rows) < Parts && _chunksOfRow > 1;

        // Several short rows a turn, one after the other the long ones, which had better stay in the first-level cache.
        _widens = !IsBackward && PaysToWiden(_length);
        _rowsOfTurn = RowsOfTurn();
        _writesPairs = (_widens || AreLanes) && (AreNear || Streams);
        FetchesAhead = OutputStage.BytesMoved(BytesOf(problem), problem.Pass) > OwnCaches;
        _next =
            (nint)_length
            * Math.Max(_rowsOfTurn, Chunks.CeilingOf(NearestFetch, _length * TStored.Bytes));
        var rowsAtOnce = _shares ? _rows : RowsATurn * Parts;
        _moments = (ChunkMoments*)
            resources
                .Allocate((nint)sizeof(ChunkMoments) * (_shares ? _rows : Parts) * _chunksOfRow)
                .Memory;
        _products = (UnitSums*)
            resources
                .Allocate((nint)sizeof(UnitSums) * (_shares ? _rows * _chunksOfRow : 1))
                .Memory;
        _numbers = (GroupNumbers*)
            resources.Allocate((nint)sizeof(GroupNumbers) * rowsAtOnce).Memory;
        _gradients = resources.Allocate((nint)RowBytes * (rowsAtOnce + RowsATurn)).Memory;
        _slots = (double*)
            resources
                .Allocate(IsBackward ? SlotSums.SizeOf(_length) * _slices * sizeof(double) : 0)
                .Memory;
        _laneRowBytes =
            (nint)TPack.LaneBytes * PackSizes.Lanes * Chunks.CeilingOf(_length, PackSizes.Lanes);
        _lanes = resources.Allocate(_widens ? _laneRowBytes * RowsATurn * Parts : 0).Memory;
        _laneParameters = resources.Allocate(_widens ? 2 * _laneRowBytes : 0).Memory;
        _widensParameters =
            _widens
            && TStored.ParameterBytes != TPack.LaneBytes
            && _laneRowBytes <= WidestParameters;
        _missing = resources.Allocate(2 * (nint)_length * TStored.ParameterBytes);
        for (var i = 0; i < _length; i++)
        {
            TStored.WriteParameter(1, _missing.Memory, i);
        }
    }

    private static int RowBytes => RowGradient.Numbers * TPack.LaneBytes;

    /// <summary>γ, or ones.</summary>
    private byte* Gamma => Tensors.Gamma is not null ? Tensors.Gamma : _missing.Memory;

    /// <summary>β, or zeros.</summary>
    private byte* Beta =>
        Tensors.Beta is not null
            ? Tensors.Beta
            : _missing.Memory + ((nint)_length * TStored.ParameterBytes);

    public override void Do(int part, int parts)
    {
        switch (Phase)
        {
            case WholeRows when IsBackward:
                WholeSlices(part, parts);
                break;
            case WholeRows when _chunksOfRow == 1:
                ForwardByTurns(part, parts);
                break;
            case WholeRows:
                LongForward(part, parts);
                break;
            case SharedMoments:
                ShareOfMoments(part, parts);
                break;
            case SharedHints:
                ShareOfHints(part, parts);
                break;
            case SharedProducts:
                ShareOfProducts(part, parts);
                break;
            case SharedOutput:
                ShareOfOutput(part, parts);
                break;
            default:
                MergeSlices(part, parts);
                break;
        }

        if (Streams)
        {
            StreamingCopy.Finish();
        }
    }

    protected override void Compute()
    {
        if (_shares)
        {
            ComputeShared();
        }
        else
        {
            PrepareParameters();
            InParallel(WholeRows, IsBackward ? Math.Min(Parts, _slices) : Parts);
        }

        if (IsBackward && HasSlotGradients)
        {
            InParallel(SlotGradients, Resources.PartsFor((long)_slices * _length * sizeof(double)));
        }
    }

    private Stretch Row(int row) => new((nint)row * _length, 1, 0, _length);

    private void MomentsOfRow(int row, ChunkMoments* scratch, out Moments moments)
    {
        if (_chunksOfRow > 1)
        {
            MomentsOf(Row(row), scratch, _next, out moments);
            return;
        }

        MomentsOf(Row(row), Fetching(Ahead.First(_next * TStored.Bytes)), out var chunk);
        Merge(Row(row), &chunk, 1, out moments);
    }

    private void NumbersOfRow(int row, ChunkMoments* scratch, out GroupNumbers numbers)
    {
        if (IsBackward && TakesSaved)
        {
            numbers = new(
                new(Parameter(Tensors.SavedMean, row, 0), 0),
                TStored.ReadParameter(Tensors.SavedInverseStd, row),
                Correction.None
            );
            return;
        }

        MomentsOfRow(row, scratch, out var moments);
        Keep(row, moments, out numbers);
    }

    private void Keep(int row, in Moments moments, out GroupNumbers numbers)
    {
        var inverse = 1 / moments.Std(Problem.Epsilon);
        if (!IsBackward)
        {
            ChannelState<TStored>.Save(Tensors, row, moments.Mean, inverse);
        }

        numbers = new(moments.Mean, inverse, Correction.None);
    }

    /// <summary>Rows of several chunks.</summary>
    private void LongForward(int part, int parts)
    {
        var (first, end) = Share(_rows, part, parts);
        var stage = Stage(part);
        for (var row = first; row < end; row++)
        {
            NumbersOfRow(row, _moments + ((nint)part * _chunksOfRow), out var numbers);
            Output(row, numbers, 0, _length, stage);
        }
    }

    /// <summary>A part of a row, directly or through the buffer.</summary>
    private void Output(
        int row,
        in GroupNumbers numbers,
        int position,
        int length,
        in OutputStage stage
    )
    {
        var first = (nint)row * _length;
        for (var end = position + length; position < end; )
        {
            var buffered = stage.Takes((nint)(end - position) * TStored.Bytes);
            var count = buffered
                ? Math.Min(end - position, OutputStage.BufferBytes / TStored.Bytes)
                : end - position;
            Apply(
                row,
                numbers,
                position,
                count,
                buffered ? stage.Buffer : stage.Tensor,
                buffered ? 0 : first + position
            );
            if (buffered)
            {
                stage.Flush((first + position) * TStored.Bytes, (nint)count * TStored.Bytes);
            }

            position += count;
        }
    }

    private void Apply(
        int row,
        in GroupNumbers numbers,
        int position,
        int length,
        byte* target,
        nint to
    ) =>
        RowKernels<TPack, TWide, TSum, TStored>.Apply<Cached>(
            Tensors.X,
            ((nint)row * _length) + position,
            target,
            to,
            length,
            CentreOf(numbers.Mean, numbers.InverseStd),
            Gamma,
            Beta,
            position,
            Ahead.Nothing
        );
}
