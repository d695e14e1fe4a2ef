using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that find everything in one look at the data, about a pivot.</summary>
internal static unsafe partial class ColumnKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>
    /// Mean and variance in one look at the data: adds Σ(x − pivot) and Σ(x − pivot)² of every column to the sums of its slot,
    /// for pivots close to the means.
    /// </summary>
    public static void Look(
        byte* x,
        in Tile tile,
        byte* pivots,
        in SlotPlane ofX,
        in SlotPlane ofSquares,
        float* least,
        nint slot
    )
    {
        Look<WholePacks>(x, tile, pivots, ofX, ofSquares, least, slot);
        if (tile.Columns % Lanes != 0)
        {
            Look<PartOfLastPack>(x, tile, pivots, ofX, ofSquares, least, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Look<TPart>(
        byte* x,
        in Tile tile,
        byte* pivots,
        in SlotPlane ofX,
        in SlotPlane ofSquares,
        float* least,
        nint slot
    )
        where TPart : struct, IColumnPart
    {
        var ahead = new RowsAhead<TStored>(tile);
        var step = tile.Distance * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += tile.RowsOfTurn)
        {
            var rows = Math.Min(tile.Rows - top, tile.RowsOfTurn);
            var offset = (tile.First + (top * tile.Distance) + first) * TStored.Bytes;
            ahead.BeginTurn(offset);
            var to = slot + first;
            var at = pivots + (first * TPack.LaneBytes);
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var mean = TPack.LoadLanes(at, 0);
                var deviations = TSum.Zero;
                var squares = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var row = x + offset;
                var remaining = rows;
                ahead.BeginColumns(offset);
                for (; TPart.IsWhole && remaining >= 4; remaining -= 4)
                {
                    ahead.FetchFour(x);
                    if (Watches)
                    {
                        smallest = smallest.AndFour(row, 0, tile.Distance);
                    }

                    var a = Next<TPart>(ref row, step, left) - mean;
                    var b = Next<TPart>(ref row, step, left) - mean;
                    var c = Next<TPart>(ref row, step, left) - mean;
                    var d = Next<TPart>(ref row, step, left) - mean;
                    deviations.Add(a, b, c, d);
                    squares.AddSquares(a, b, c, d);
                }

                for (; remaining > 0; remaining--)
                {
                    if (Watches)
                    {
                        smallest = And<TPart>(smallest, row, left);
                    }

                    var a = Keep<TPart>(Next<TPart>(ref row, step, left) - mean, left);
                    deviations.Add(a);
                    squares.AddSquare(a);
                }

                if (Watches)
                {
                    smallest.Close(least + to);
                }

                SlotSums<TPack, TWide, TSum>.Close(ofX, to, deviations);
                SlotSums<TPack, TWide, TSum>.Close(ofSquares, to, squares);
                offset += Lanes * TStored.Bytes;
                to += Lanes;
                at += Lanes * TPack.LaneBytes;
            }
        }
    }

    /// <summary>
    /// Everything a backward needs in one look at the data: adds Σ(x − pivot), Σ(x − pivot)², Σdy and Σdy·(x − pivot) of every
    /// column to the sums of its slot, for pivots close to the means.
    /// </summary>
    public static void Gather(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        in SlotPlane ofX,
        in SlotPlane ofSquares,
        in SlotSums sums,
        float* least,
        in SlotPlane squaresOfDy,
        nint slot
    )
    {
        Gather<WholePacks>(x, dy, tile, pivots, ofX, ofSquares, sums, least, squaresOfDy, slot);
        if (tile.Columns % Lanes != 0)
        {
            Gather<PartOfLastPack>(
                x,
                dy,
                tile,
                pivots,
                ofX,
                ofSquares,
                sums,
                least,
                squaresOfDy,
                slot
            );
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Gather<TPart>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        in SlotPlane ofX,
        in SlotPlane ofSquares,
        in SlotSums sums,
        float* least,
        in SlotPlane squaresOfDy,
        nint slot
    )
        where TPart : struct, IColumnPart
    {
        var ahead = new RowsAhead<TStored>(tile);
        var step = tile.Distance * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += tile.RowsOfTurn)
        {
            var rows = Math.Min(tile.Rows - top, tile.RowsOfTurn);
            var offset = (tile.First + (top * tile.Distance) + first) * TStored.Bytes;
            ahead.BeginTurn(offset);
            var to = slot + first;
            var at = pivots + (first * TPack.LaneBytes);
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var mean = TPack.LoadLanes(at, 0);
                var deviations = TSum.Zero;
                var squares = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var sum = TSum.Zero;
                var products = TSum.Zero;
                var squaresOfG = TSum.Zero;
                var row = x + offset;
                var ofDy = dy + offset;
                ahead.BeginColumns(offset);
                for (var remaining = rows; remaining > 0; remaining--)
                {
                    ahead.FetchOne(x, dy);
                    if (Watches)
                    {
                        smallest = And<TPart>(smallest, row, left);
                    }

                    var a = Next<TPart>(ref ofDy, step, left);
                    var t = Keep<TPart>(Next<TPart>(ref row, step, left) - mean, left);
                    deviations.Add(t);
                    squares.AddSquare(t);
                    sum.Add(a);
                    if (TSum.Watches)
                    {
                        squaresOfG.AddSquare(a);
                    }

                    products.AddProduct(a, t);
                }

                if (Watches)
                {
                    smallest.Close(least + to);
                }

                SlotSums<TPack, TWide, TSum>.Close(ofX, to, deviations);
                SlotSums<TPack, TWide, TSum>.Close(ofSquares, to, squares);
                SlotSums<TPack, TWide, TSum>.Close(sums.OfDy, to, sum);
                SlotSums<TPack, TWide, TSum>.Close(sums.OfProducts, to, products);
                if (TSum.Watches)
                {
                    SlotSums<TPack, TWide, TSum>.Close(squaresOfDy, to, squaresOfG);
                }
                offset += Lanes * TStored.Bytes;
                to += Lanes;
                at += Lanes * TPack.LaneBytes;
            }
        }
    }
}
