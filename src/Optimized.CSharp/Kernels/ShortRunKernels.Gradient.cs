using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>The sums that a backward needs.</summary>
internal static unsafe partial class ShortRunKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>Σdy and Σdy·((x − pivot)·scale) of every column, one plane of numbers after the other.</summary>
    /// <param name="pivots">Lanes: for every column the pivot, then (<paramref name="plane"/> on) the scale, a power of two.</param>
    public static void Products(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        nint plane,
        double* sums
    )
    {
        Products<WholePacks>(x, dy, tile, pivots, plane, sums);
        if (tile.Columns % Lanes != 0)
        {
            Products<PartOfLastPack>(x, dy, tile, pivots, plane, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Products<TPart>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        nint plane,
        double* sums
    )
        where TPart : struct, IColumnPart
    {
        var step = tile.Distance * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += RowsOfTurn)
        {
            var rows = Math.Min(RowsOfTurn, tile.Rows - top);
            var begin = (tile.First + (top * tile.Distance) + first) * TStored.Bytes;
            var fromX = x + begin;
            var fromDy = dy + begin;
            var at = pivots + (first * TPack.LaneBytes);
            var to = sums + first;
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var mean = TPack.LoadLanes(at, 0);
                var scale = TPack.LoadLanes(at, plane);
                var sum = TSum.Zero;
                var products = TSum.Zero;
                var ofX = fromX;
                var ofDy = fromDy;
                var remaining = rows;
                for (; remaining >= RowsTogether; remaining -= RowsTogether)
                {
                    var a = Next<TPart>(ref ofDy, step, left);
                    var b = Next<TPart>(ref ofDy, step, left);
                    var c = Next<TPart>(ref ofDy, step, left);
                    var d = Next<TPart>(ref ofDy, step, left);
                    sum.Add(a, b, c, d);
                    a *= Deviation(Next<TPart>(ref ofX, step, left), mean, scale);
                    b *= Deviation(Next<TPart>(ref ofX, step, left), mean, scale);
                    c *= Deviation(Next<TPart>(ref ofX, step, left), mean, scale);
                    d *= Deviation(Next<TPart>(ref ofX, step, left), mean, scale);
                    products.Add(a, b, c, d);
                }

                for (; remaining > 0; remaining--)
                {
                    var a = Next<TPart>(ref ofDy, step, left);
                    sum.Add(a);
                    products.Add(a * Deviation(Next<TPart>(ref ofX, step, left), mean, scale));
                }

                Close(sum, to, top == 0);
                Close(products, to + plane, top == 0);
                fromX += Lanes * TStored.Bytes;
                fromDy += Lanes * TStored.Bytes;
                at += Lanes * TPack.LaneBytes;
                to += Lanes;
            }
        }
    }
}
