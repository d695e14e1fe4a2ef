using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>Rows of a forward, a few at a time: which are widened, and their sums.</summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Bytes of a tensor whose rows may be found in the second-level or last-level cache.</summary>
    private const long NearBytes = 8L * 1024 * 1024;

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
    /// first-level cache; results that are not streamed take room there too.
    /// </summary>
    private int RowsOfTurn()
    {
        var bytes = _length * TStored.Bytes;
        var rows =
            AreNear ? 16 * 1024 / (_length * TPack.LaneBytes)
            : Streams ? 8 * 1024 / bytes
            : 4 * 1024 / bytes;
        return Math.Clamp(rows, 1, RowsATurn);
    }

    /// <summary>
    /// Whether a row is widened once for all looks. Taking f16 apart costs more than any cache miss; f32 and bf16 must be
    /// converted thrice otherwise, which rows that are not centred are not.
    /// </summary>
    private bool PaysToWiden(int length) =>
        TPack.LaneBytes != TStored.Bytes
        && length <= Chunks.Size
        && (
            typeof(TStored) == typeof(StoredHalf)
            || (IsCentred && length * TPack.LaneBytes <= WidestLanes)
        );

    /// <summary>Lanes of a row of a part's turn.</summary>
    private byte* LanesOf(int part, int row) =>
        _lanes + ((((nint)part * RowsATurn) + row) * _laneRowBytes);

    private byte* AddressOf(int row) => Tensors.X + ((nint)row * _length * TStored.Bytes);

    /// <summary>γ and β as lanes, for all rows.</summary>
    private void WidenParameters()
    {
        if (!_widens)
        {
            return;
        }

        RowKernels<TPack, TWide, TSum, TStored>.WidenParameters(Gamma, _length, _laneParameters);
        RowKernels<TPack, TWide, TSum, TStored>.WidenParameters(
            Beta,
            _length,
            _laneParameters + _laneRowBytes
        );
    }

    protected override Stretch GroupOfTurn(int group) => Row(group);

    protected override Extended SumOfTurn(int first, int index, int part, out double least)
    {
        least = double.PositiveInfinity;
        if (_widens)
        {
            var sum = RowKernels<TPack, TWide, TSum, TStored>.Widen(
                AddressOf(first + index),
                _length,
                LanesOf(part, index),
                out least
            );
            return IsCentred ? sum : Extended.Zero;
        }

        return IsCentred
            ? RunKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, Row(first + index))
            : Extended.Zero;
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
        var ahead = Ahead.First(_next * TStored.Bytes);
        var sum = _widens
            ? RowKernels<TPack, TWide, TSum, TStored>.SquaresOfLanes(
                LanesOf(part, index),
                _length,
                pivot,
                AddressOf(first + index),
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
