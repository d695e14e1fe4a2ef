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
    private const int RowsOfTurn = 4;

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
        for (var top = 0; top < tile.Rows; top += RowsOfTurn)
        {
            var rows = Math.Min(RowsOfTurn, tile.Rows - top);
            for (
                var column = TPart.First(tile.Columns);
                column < TPart.End(tile.Columns);
                column += Lanes
            )
            {
                var count = tile.Columns - column;
                var i = tile.First + (top * tile.Distance) + column;
                var sum = TSum.Zero;
                if (rows == RowsOfTurn)
                {
                    sum.Add(
                        Part<TPart>(x, i, count),
                        Part<TPart>(x, i + tile.Distance, count),
                        Part<TPart>(x, i + (2 * tile.Distance), count),
                        Part<TPart>(x, i + (3 * tile.Distance), count)
                    );
                }
                else
                {
                    for (var row = 0; row < rows; row++, i += tile.Distance)
                    {
                        sum.Add(Part<TPart>(x, i, count));
                    }
                }

                Close(sum, sums + column, top == 0);
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
        for (var top = 0; top < tile.Rows; top += RowsOfTurn)
        {
            var rows = Math.Min(RowsOfTurn, tile.Rows - top);
            for (
                var column = TPart.First(tile.Columns);
                column < TPart.End(tile.Columns);
                column += Lanes
            )
            {
                var count = tile.Columns - column;
                var i = tile.First + (top * tile.Distance) + column;
                var mean = TPack.LoadLanes(pivots, column);
                var sum = TSum.Zero;
                if (rows == RowsOfTurn)
                {
                    var a = Part<TPart>(x, i, count);
                    var b = Part<TPart>(x, i + tile.Distance, count);
                    var c = Part<TPart>(x, i + (2 * tile.Distance), count);
                    var d = Part<TPart>(x, i + (3 * tile.Distance), count);
                    sum.AddSquares(a - mean, b - mean, c - mean, d - mean);
                }
                else
                {
                    for (var row = 0; row < rows; row++, i += tile.Distance)
                    {
                        var a = Part<TPart>(x, i, count);
                        sum.AddSquare(a - mean);
                    }
                }

                Close(sum, squares + column, top == 0);
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

    /// <summary>Writes a number to the lanes of every position of a channel, and to some after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread(double value, byte* lanes, nint first, int length)
    {
        var pack = TPack.Of(value);
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
    private static TPack Part<TPart>(byte* memory, nint index, int count)
        where TPart : struct, IColumnPart =>
        TPart.IsWhole
            ? TStored.Load<TPack, TWide>(memory, index)
            : TStored.Load<TPack, TWide>(memory, index, count);
}
