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
                var scale = TPack.LoadLanes(pivots, plane + column);
                var sum = TSum.Zero;
                var products = TSum.Zero;
                if (rows == RowsOfTurn)
                {
                    var a = Part<TPart>(dy, i, count);
                    var b = Part<TPart>(dy, i + tile.Distance, count);
                    var c = Part<TPart>(dy, i + (2 * tile.Distance), count);
                    var d = Part<TPart>(dy, i + (3 * tile.Distance), count);
                    sum.Add(a, b, c, d);
                    products.Add(
                        a * Deviation(Part<TPart>(x, i, count), mean, scale),
                        b * Deviation(Part<TPart>(x, i + tile.Distance, count), mean, scale),
                        c * Deviation(Part<TPart>(x, i + (2 * tile.Distance), count), mean, scale),
                        d * Deviation(Part<TPart>(x, i + (3 * tile.Distance), count), mean, scale)
                    );
                }
                else
                {
                    for (var row = 0; row < rows; row++, i += tile.Distance)
                    {
                        var a = Part<TPart>(dy, i, count);
                        sum.Add(a);
                        products.Add(a * Deviation(Part<TPart>(x, i, count), mean, scale));
                    }
                }

                Close(sum, sums + column, top == 0);
                Close(products, sums + plane + column, top == 0);
            }
        }
    }
}
