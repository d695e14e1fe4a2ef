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
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        var ahead = new RowsAhead<TStored>(tile);
        var turn = tile.RowsOfTurn;
        for (var top = 0; top < tile.Rows; top += turn)
        {
            var rows = Math.Min(tile.Rows - top, turn);
            ahead.BeginTurn(tile.First + (top * tile.Distance));
            for (var column = 0; column < tile.Columns; column += Lanes)
            {
                var count = Math.Min(tile.Columns - column, Lanes);
                var mean = TPack.LoadLanes(pivots, column);
                var deviations = TSum.Zero;
                var squares = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var i = tile.First + (top * tile.Distance) + column;
                var left = rows;
                ahead.BeginColumns(i);
                if (count == Lanes)
                {
                    for (; left >= 4; left -= 4, i += 4 * tile.Distance)
                    {
                        ahead.FetchFour(x);
                        var a = Load(x, i);
                        var b = Load(x, i + tile.Distance);
                        var c = Load(x, i + (2 * tile.Distance));
                        var d = Load(x, i + (3 * tile.Distance));
                        if (Watches)
                        {
                            smallest = smallest.AndFour(x, i, tile.Distance);
                        }

                        a -= mean;
                        b -= mean;
                        c -= mean;
                        d -= mean;
                        deviations.Add(a, b, c, d);
                        squares.AddSquares(a, b, c, d);
                    }
                }

                for (; left > 0; left--, i += tile.Distance)
                {
                    var a = Part(x, i, count);
                    if (Watches)
                    {
                        smallest = And(smallest, x, i, count);
                    }

                    a = TPack.Keep(a - mean, count);
                    deviations.Add(a);
                    squares.AddSquare(a);
                }

                if (Watches)
                {
                    smallest.Close(least + slot + column);
                }

                SlotSums<TPack, TWide, TSum>.Close(ofX, slot + column, deviations);
                SlotSums<TPack, TWide, TSum>.Close(ofSquares, slot + column, squares);
            }
        }
    }

    /// <summary>
    /// Everything a backward needs in one look at the data: adds Σ(x − pivot), Σ(x − pivot)², Σdy and Σdy·(x − pivot) of every
    /// column to the sums of its slot, for pivots close to the means.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        var ahead = new RowsAhead<TStored>(tile);
        var turn = tile.RowsOfTurn;
        for (var top = 0; top < tile.Rows; top += turn)
        {
            var rows = Math.Min(tile.Rows - top, turn);
            ahead.BeginTurn(tile.First + (top * tile.Distance));
            for (var column = 0; column < tile.Columns; column += Lanes)
            {
                var count = Math.Min(tile.Columns - column, Lanes);
                var mean = TPack.LoadLanes(pivots, column);
                var deviations = TSum.Zero;
                var squares = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var sum = TSum.Zero;
                var products = TSum.Zero;
                var squaresOfG = TSum.Zero;
                var i = tile.First + (top * tile.Distance) + column;
                ahead.BeginColumns(i);
                if (count == Lanes)
                {
                    for (var row = 0; row < rows; row++, i += tile.Distance)
                    {
                        ahead.FetchOne(x, dy);
                        var a = Load(dy, i);
                        var b = Load(x, i);
                        if (Watches)
                        {
                            smallest = smallest.And(x, i);
                        }
                        var t = b - mean;
                        deviations.Add(t);
                        squares.AddSquare(t);
                        sum.Add(a);
                        if (TSum.Watches)
                        {
                            squaresOfG.AddSquare(a);
                        }
                        products.AddProduct(a, t);
                    }
                }
                else
                {
                    for (var row = 0; row < rows; row++, i += tile.Distance)
                    {
                        var a = TStored.Load<TPack, TWide>(dy, i, count);
                        var b = TStored.Load<TPack, TWide>(x, i, count);
                        if (Watches)
                        {
                            smallest = smallest.And(x, i, count);
                        }
                        var t = TPack.Keep(b - mean, count);
                        deviations.Add(t);
                        squares.AddSquare(t);
                        sum.Add(a);
                        if (TSum.Watches)
                        {
                            squaresOfG.AddSquare(a);
                        }
                        products.AddProduct(a, t);
                    }
                }

                if (Watches)
                {
                    smallest.Close(least + slot + column);
                }

                SlotSums<TPack, TWide, TSum>.Close(ofX, slot + column, deviations);
                SlotSums<TPack, TWide, TSum>.Close(ofSquares, slot + column, squares);
                SlotSums<TPack, TWide, TSum>.Close(sums.OfDy, slot + column, sum);
                SlotSums<TPack, TWide, TSum>.Close(sums.OfProducts, slot + column, products);
                if (TSum.Watches)
                {
                    SlotSums<TPack, TWide, TSum>.Close(squaresOfDy, slot + column, squaresOfG);
                }
            }
        }
    }
}
