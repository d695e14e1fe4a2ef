using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Loops over channels with runs shorter than a turn, several channels at a time: a run ends in a part of a pack and a sum
/// of lanes, but the runs of neighbouring channels follow each other in memory. So a sample's runs are a row, lanes are
/// positions of channels, and rows are added up; then the positions of every channel are (<see cref="Fold"/>).
/// </summary>
internal static unsafe partial class ShortRunKernels<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int Lanes = PackSizes.Lanes;

    /// <summary>
    /// Rows that are added up before the sums in memory are touched. Few, so that rows are read nearly as they lie in memory:
    /// the lines of a column are far apart, often by whole pages, and more of them would push each other out of the cache.
    /// </summary>
    private const int RowsOfTurn = 8;

    /// <summary>Rows whose elements are added to each other first.</summary>
    private const int RowsTogether = 4;

    /// <summary>Σx of every column.</summary>
    public static void Sum(byte* x, in Tile tile, double* sums)
    {
        Sum<WholePacks>(x, tile, sums);
        if (tile.Columns % Lanes != 0)
        {
            Sum<PartOfLastPack>(x, tile, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Sum<TPart>(byte* x, in Tile tile, double* sums)
        where TPart : struct, IColumnPart
    {
        var step = tile.Distance * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += RowsOfTurn)
        {
            var rows = Math.Min(RowsOfTurn, tile.Rows - top);
            var from = x + ((tile.First + (top * tile.Distance) + first) * TStored.Bytes);
            var to = sums + first;
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var sum = TSum.Zero;
                var row = from;
                var remaining = rows;
                for (; remaining >= RowsTogether; remaining -= RowsTogether)
                {
                    var a = Next<TPart>(ref row, step, left);
                    var b = Next<TPart>(ref row, step, left);
                    var c = Next<TPart>(ref row, step, left);
                    sum.Add(a, b, c, Next<TPart>(ref row, step, left));
                }

                for (; remaining > 0; remaining--)
                {
                    sum.Add(Next<TPart>(ref row, step, left));
                }

                Close(sum, to, top == 0);
                from += Lanes * TStored.Bytes;
                to += Lanes;
            }
        }
    }

    /// <summary>Σ(x − pivot)² of every column.</summary>
    /// <param name="pivots">Lanes.</param>
    public static void Squares(byte* x, in Tile tile, byte* pivots, double* squares)
    {
        Squares<WholePacks>(x, tile, pivots, squares);
        if (tile.Columns % Lanes != 0)
        {
            Squares<PartOfLastPack>(x, tile, pivots, squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Squares<TPart>(byte* x, in Tile tile, byte* pivots, double* squares)
        where TPart : struct, IColumnPart
    {
        var step = tile.Distance * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += RowsOfTurn)
        {
            var rows = Math.Min(RowsOfTurn, tile.Rows - top);
            var from = x + ((tile.First + (top * tile.Distance) + first) * TStored.Bytes);
            var at = pivots + (first * TPack.LaneBytes);
            var to = squares + first;
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var mean = TPack.LoadLanes(at, 0);
                var sum = TSum.Zero;
                var row = from;
                var remaining = rows;
                for (; remaining >= RowsTogether; remaining -= RowsTogether)
                {
                    var a = Next<TPart>(ref row, step, left) - mean;
                    var b = Next<TPart>(ref row, step, left) - mean;
                    var c = Next<TPart>(ref row, step, left) - mean;
                    sum.AddSquares(a, b, c, Next<TPart>(ref row, step, left) - mean);
                }

                for (; remaining > 0; remaining--)
                {
                    sum.AddSquare(Next<TPart>(ref row, step, left) - mean);
                }

                Close(sum, to, top == 0);
                from += Lanes * TStored.Bytes;
                at += Lanes * TPack.LaneBytes;
                to += Lanes;
            }
        }
    }

    /// <summary>The sum over the positions of one channel: a chain of packs, then lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Fold(double* columns, int length)
    {
        var sum = TWide.Of(0);
        for (; length >= Lanes; length -= Lanes, columns += Lanes)
        {
            sum += TWide.LoadDouble(columns);
        }

        if (length > 0)
        {
            sum += TWide.Keep(TWide.LoadDouble(columns), length);
        }

        return TWide.Sum(sum);
    }

    /// <summary>Writes numbers of a channel to the lanes of its positions, and to some after them, a plane for every number.</summary>
    /// <param name="lanes">The first plane.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Spread(
        double* numbers,
        int count,
        byte* lanes,
        nint plane,
        nint first,
        int length
    )
    {
        for (var number = 0; number < count; number++, first += plane)
        {
            var pack = TPack.Of(numbers[number]);
            for (var i = first; i < first + length; i += Lanes)
            {
                if (TPack.LaneBytes == sizeof(float))
                {
                    TPack.StoreSingle(pack, (float*)lanes + i);
                }
                else
                {
                    TPack.StoreDouble(pack, (double*)lanes + i);
                }
            }
        }
    }

    /// <summary>Adds the sum of a turn to a column's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Close(in TSum sum, double* to, bool isFirst)
    {
        sum.Lanes(out var high, out _);
        if (!isFirst)
        {
            high += TWide.LoadDouble(to);
        }

        TWide.StoreDouble(high, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack scale) =>
        TSum.Scales ? (x - mean) * scale : x - mean;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Next<TPart>(ref byte* row, nint step, int left)
        where TPart : struct, IColumnPart =>
        ColumnPacks<TPack, TWide, TStored>.Next<TPart>(ref row, step, left);
}
