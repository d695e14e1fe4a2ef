using System.Runtime.CompilerServices;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>Rows of a forward, a few at a time: which are widened, and their sums.</summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Bytes of a tensor whose rows may be found in the second-level or last-level cache.</summary>
    private const long NearBytes = 8L * 1024 * 1024;

    /// <summary>
    /// Bytes of the longest row whose γ and β are widened too: beside longer ones they had better take less of the first-level
    /// cache, two rows at a time sharing the conversion.
    /// </summary>
    private const int WidestParameters = 7 * 1024;

    /// <summary>Rows from farther away are fetched in time, and need room in the first-level cache meanwhile.</summary>
    private bool AreNear => BytesOf(Problem) <= NearBytes;

    /// <summary>
    /// Bytes of the longest row that is widened: γ and β lie beside it. f32 from memory leaves no room for lanes where results
    /// are not streamed.
    /// </summary>
    private int WidestLanes =>
        AreNear || TStored.Bytes < sizeof(float) ? 12 * 1024
        : Streams ? 6 * 1024
        : 0;

    /// <summary>
    /// Rows of a turn of a forward. They are looked at three times, so they and what is fetched meanwhile have to stay in the
    /// first-level cache; results that are not streamed take room there too. Where they are, memory is fastest if reads and
    /// writes take turns often.
    /// </summary>
    private int RowsOfTurn()
    {
        var bytes = _length * TStored.Bytes;
        var rows =
            AreNear ? 16 * 1024 / (_length * TPack.LaneBytes)
            : Streams ? 16 * 1024 / TStored.Bytes / (_length * TPack.LaneBytes)
            : 4 * 1024 / bytes;
        return Math.Clamp(rows, 1, RowsATurn);
    }

    /// <summary>
    /// Whether a row is widened once for all looks. Taking f16 apart costs more than any cache miss; f32 and bf16 must be
    /// converted at every look otherwise.
    /// </summary>
    private bool PaysToWiden(int length) =>
        TPack.LaneBytes != TStored.Bytes
        && length <= Chunks.Size
        && (typeof(TStored) == typeof(StoredHalf) || length * TPack.LaneBytes <= WidestLanes);

    /// <summary>Whether elements in memory are what kernels compute with: nothing to widen.</summary>
    private static bool AreLanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TPack.LaneBytes == TStored.Bytes;
    }

    /// <summary>Bytes from a row's lanes to those of the next row of a turn.</summary>
    private nint LaneDistance => AreLanes ? (nint)_length * TStored.Bytes : _laneRowBytes;

    /// <summary>Lanes of a row of a part's turn: the row itself, or where it is widened to.</summary>
    private byte* LanesOf(int part, int first, int index) =>
        AreLanes
            ? AddressOf(first + index)
            : _lanes + ((((nint)part * RowsATurn) + index) * _laneRowBytes);

    private byte* AddressOf(int row) => Tensors.X + ((nint)row * _length * TStored.Bytes);

    /// <summary>γ and β as they are, or as lanes, for all rows.</summary>
    private void PrepareParameters()
    {
        _gamma = Gamma;
        _beta = Beta;
        if (_widensParameters)
        {
            var gamma = _laneParameters;
            var beta = _laneParameters + _laneRowBytes;
            RowKernels<TPack, TWide, TSum, TStored>.WidenParameters(_gamma, _length, gamma);
            RowKernels<TPack, TWide, TSum, TStored>.WidenParameters(_beta, _length, beta);
            _gamma = gamma;
            _beta = beta;
        }
    }

    protected override Stretch GroupOfTurn(int group) => Row(group);

    protected override Extended SumOfTurn(int first, int index, int part, out double least)
    {
        least = double.PositiveInfinity;
        if (!IsCentred)
        {
            return Extended.Zero;
        }

        var lanes = LanesOf(part, first, index);
        return AreLanes ? RowKernels<TPack, TWide, TSum, TStored>.SumOfLanes(lanes, _length)
            : _widens
                ? RowKernels<TPack, TWide, TSum, TStored>.Widen(
                    AddressOf(first + index),
                    _length,
                    lanes,
                    out least
                )
            : RunKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, Row(first + index));
    }

    protected override double SquaresOfTurn(
        int first,
        int index,
        int part,
        Extended mean,
        ref double least
    )
    {
        var pivot = PivotOf(mean);
        var ahead = Fetching(Ahead.First(_next * TStored.Bytes));
        var x = AddressOf(first + index);
        var lanes = LanesOf(part, first, index);
        if (_widens && !IsCentred)
        {
            return RowKernels<TPack, TWide, TSum, TStored>
                .WidenAndSquare(x, _length, lanes, ahead)
                .Value;
        }

        var sum =
            _widens || AreLanes
                ? RowKernels<TPack, TWide, TSum, TStored>.SquaresOfLanes(
                    lanes,
                    _length,
                    pivot,
                    x,
                    ahead
                )
                : RunKernels<TPack, TWide, TSum, TStored>.Squares(
                    Tensors.X,
                    Row(first + index),
                    pivot,
                    ahead,
                    out least
                );
        return SquaresAbout(pivot, sum.Value, _length);
    }
}
