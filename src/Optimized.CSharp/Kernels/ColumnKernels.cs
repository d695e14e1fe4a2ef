using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Loops over a matrix of positions × channels, channels next to each other: every lane is a channel, so nothing is added
/// across lanes. Four rows a turn, then single rows.
/// </summary>
internal static unsafe partial class ColumnKernels<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int Lanes = PackSizes.Lanes;

    /// <summary>Whether the smallest magnitude is looked for: see <see cref="Exactness{TStored}"/>.</summary>
    private static bool Watches
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSum.Watches && Exactness<TStored>.MayRound;
    }

    /// <summary>Adds Σx of every column to the sum of its slot.</summary>
    /// <param name="slot">Slot of the first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Sum(byte* x, in Tile tile, in SlotPlane sums, nint slot)
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
                var sum = TSum.Zero;
                var i = tile.First + (top * tile.Distance) + column;
                var left = rows;
                ahead.BeginColumns(i);
                if (count == Lanes)
                {
                    for (; left >= 4; left -= 4, i += 4 * tile.Distance)
                    {
                        ahead.FetchFour(x);
                        sum.Add(
                            Load(x, i),
                            Load(x, i + tile.Distance),
                            Load(x, i + (2 * tile.Distance)),
                            Load(x, i + (3 * tile.Distance))
                        );
                    }
                }

                for (; left > 0; left--, i += tile.Distance)
                {
                    sum.Add(Part(x, i, count));
                }

                SlotSums<TPack, TWide, TSum>.Close(sums, slot + column, sum);
            }
        }
    }

    /// <summary>Adds Σ(x − pivot)² of every column to the sum of its slot.</summary>
    /// <param name="next">Distance in elements of the tile that is needed next: it is fetched meanwhile.</param>
    /// <param name="pivots">Lanes: for every column the pivot, then (<paramref name="plane"/> on) what is left of it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Squares(
        byte* x,
        in Tile tile,
        byte* pivots,
        nint plane,
        in SlotPlane sums,
        float* least,
        nint slot,
        nint next
    )
    {
        var turn = tile.RowsOfTurn;
        for (var top = 0; top < tile.Rows; top += turn)
        {
            var rows = Math.Min(tile.Rows - top, turn);
            for (var column = 0; column < tile.Columns; column += Lanes)
            {
                var count = Math.Min(tile.Columns - column, Lanes);
                var mean = TPack.LoadLanes(pivots, column);
                var rest = TPack.LoadLanes(pivots, plane + column);
                var sum = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var i = tile.First + (top * tile.Distance) + column;
                var left = rows;
                if (count == Lanes)
                {
                    for (; left >= 4; left -= 4, i += 4 * tile.Distance)
                    {
                        Ahead.FetchFourLines(
                            x + ((i + next) * TStored.Bytes),
                            tile.Distance * TStored.Bytes
                        );
                        var a = Load(x, i);
                        var b = Load(x, i + tile.Distance);
                        var c = Load(x, i + (2 * tile.Distance));
                        var d = Load(x, i + (3 * tile.Distance));
                        if (Watches)
                        {
                            smallest = smallest.AndFour(x, i, tile.Distance);
                        }

                        sum.AddSquares(
                            Deviation(a, mean, rest),
                            Deviation(b, mean, rest),
                            Deviation(c, mean, rest),
                            Deviation(d, mean, rest)
                        );
                    }
                }

                for (; left > 0; left--, i += tile.Distance)
                {
                    var a = Part(x, i, count);
                    if (Watches)
                    {
                        smallest = And(smallest, x, i, count);
                    }

                    sum.AddSquare(TPack.Keep(Deviation(a, mean, rest), count));
                }

                if (Watches)
                {
                    smallest.Close(least + slot + column);
                }

                SlotSums<TPack, TWide, TSum>.Close(sums, slot + column, sum);
            }
        }
    }

    /// <summary>Adds Σdy and Σdy·((x − pivot)·scale) of every column to the sums of its slot.</summary>
    /// <param name="pivots">
    /// Lanes: for every column the pivot, then (<paramref name="plane"/> on) what is left of it, then the scale, a power of two.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Products(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        nint plane,
        in SlotSums sums,
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
                var rest = TPack.LoadLanes(pivots, plane + column);
                var scale = TPack.LoadLanes(pivots, (2 * plane) + column);
                var sum = TSum.Zero;
                var products = TSum.Zero;
                var squaresOfG = TSum.Zero;
                var i = tile.First + (top * tile.Distance) + column;
                var left = rows;
                ahead.BeginColumns(i);
                if (count == Lanes)
                {
                    for (; left >= 4; left -= 4, i += 4 * tile.Distance)
                    {
                        ahead.FetchFour(x, dy);
                        var a = Load(dy, i);
                        var b = Load(dy, i + tile.Distance);
                        var c = Load(dy, i + (2 * tile.Distance));
                        var d = Load(dy, i + (3 * tile.Distance));
                        sum.Add(a, b, c, d);
                        if (TSum.Watches)
                        {
                            squaresOfG.AddSquares(a, b, c, d);
                        }
                        products.Add(
                            a * Deviation(Load(x, i), mean, rest, scale),
                            b * Deviation(Load(x, i + tile.Distance), mean, rest, scale),
                            c * Deviation(Load(x, i + (2 * tile.Distance)), mean, rest, scale),
                            d * Deviation(Load(x, i + (3 * tile.Distance)), mean, rest, scale)
                        );
                    }
                }

                for (; left > 0; left--, i += tile.Distance)
                {
                    var a = Part(dy, i, count);
                    var t = Deviation(Part(x, i, count), mean, rest, scale);
                    sum.Add(a);
                    if (TSum.Watches)
                    {
                        squaresOfG.AddSquare(a);
                    }
                    products.Add(TPack.Keep(a * t, count));
                }

                SlotSums<TPack, TWide, TSum>.Close(sums.OfDy, slot + column, sum);
                SlotSums<TPack, TWide, TSum>.Close(sums.OfProducts, slot + column, products);
                if (TSum.Watches)
                {
                    SlotSums<TPack, TWide, TSum>.Close(squaresOfDy, slot + column, squaresOfG);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SmallestElement<TStored> And(
        in SmallestElement<TStored> smallest,
        byte* memory,
        nint index,
        int count
    ) => count == Lanes ? smallest.And(memory, index) : smallest.And(memory, index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest) =>
        TSum.Corrects ? x - mean - rest : x - mean;

    /// <summary>x − μ times a power of two, where products need that (<see cref="ISum{TSelf,TPack,TWide}.Scales"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest, TPack scale) =>
        TSum.Scales ? Deviation(x, mean, rest) * scale : Deviation(x, mean, rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Part(byte* memory, nint index, int count) =>
        count == Lanes
            ? TStored.Load<TPack, TWide>(memory, index)
            : TStored.Load<TPack, TWide>(memory, index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Load(byte* memory, nint index) =>
        TStored.Load<TPack, TWide>(memory, index);
}
