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
    public static void Sum(byte* x, in Tile tile, in SlotPlane sums, nint slot)
    {
        Sum<WholePacks>(x, tile, sums, slot);
        if (tile.Columns % Lanes != 0)
        {
            Sum<PartOfLastPack>(x, tile, sums, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Sum<TPart>(byte* x, in Tile tile, in SlotPlane sums, nint slot)
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
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var sum = TSum.Zero;
                var row = x + offset;
                var remaining = rows;
                ahead.BeginColumns(offset);
                for (; TPart.IsWhole && remaining >= 4; remaining -= 4)
                {
                    ahead.FetchFour(x);
                    var a = Next<TPart>(ref row, step, left);
                    var b = Next<TPart>(ref row, step, left);
                    var c = Next<TPart>(ref row, step, left);
                    sum.Add(a, b, c, Next<TPart>(ref row, step, left));
                }

                for (; remaining > 0; remaining--)
                {
                    sum.Add(Next<TPart>(ref row, step, left));
                }

                SlotSums<TPack, TWide, TSum>.Close(sums, to, sum);
                offset += Lanes * TStored.Bytes;
                to += Lanes;
            }
        }
    }

    /// <summary>Adds Σ(x − pivot)² of every column to the sum of its slot.</summary>
    /// <param name="next">Distance in elements of the tile that is needed next: it is fetched meanwhile.</param>
    /// <param name="pivots">Lanes: for every column the pivot, then (<paramref name="plane"/> on) what is left of it.</param>
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
        Squares<WholePacks>(x, tile, pivots, plane, sums, least, slot, next);
        if (tile.Columns % Lanes != 0)
        {
            Squares<PartOfLastPack>(x, tile, pivots, plane, sums, least, slot, next);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Squares<TPart>(
        byte* x,
        in Tile tile,
        byte* pivots,
        nint plane,
        in SlotPlane sums,
        float* least,
        nint slot,
        nint next
    )
        where TPart : struct, IColumnPart
    {
        var step = tile.Distance * TStored.Bytes;
        var near = next * TStored.Bytes;
        var first = TPart.First(tile.Columns);
        for (var top = 0; top < tile.Rows; top += tile.RowsOfTurn)
        {
            var rows = Math.Min(tile.Rows - top, tile.RowsOfTurn);
            var offset = (tile.First + (top * tile.Distance) + first) * TStored.Bytes;
            var to = slot + first;
            var at = pivots + (first * TPack.LaneBytes);
            for (var left = TPart.End(tile.Columns) - first; left > 0; left -= Lanes)
            {
                var mean = TPack.LoadLanes(at, 0);
                var rest = TPack.LoadLanes(at, plane);
                var sum = TSum.Zero;
                var smallest = SmallestElement<TStored>.None;
                var row = x + offset;
                var remaining = rows;
                for (; TPart.IsWhole && remaining >= 4; remaining -= 4)
                {
                    Ahead.FetchFourLines(row + near, step);
                    if (Watches)
                    {
                        smallest = smallest.AndFour(row, 0, tile.Distance);
                    }

                    var a = Deviation(Next<TPart>(ref row, step, left), mean, rest);
                    var b = Deviation(Next<TPart>(ref row, step, left), mean, rest);
                    var c = Deviation(Next<TPart>(ref row, step, left), mean, rest);
                    var d = Deviation(Next<TPart>(ref row, step, left), mean, rest);
                    sum.AddSquares(a, b, c, d);
                }

                for (; remaining > 0; remaining--)
                {
                    if (Watches)
                    {
                        smallest = And<TPart>(smallest, row, left);
                    }

                    var a = Deviation(Next<TPart>(ref row, step, left), mean, rest);
                    sum.AddSquare(Keep<TPart>(a, left));
                }

                if (Watches)
                {
                    smallest.Close(least + to);
                }

                SlotSums<TPack, TWide, TSum>.Close(sums, to, sum);
                offset += Lanes * TStored.Bytes;
                to += Lanes;
                at += Lanes * TPack.LaneBytes;
            }
        }
    }

    /// <summary>Adds Σdy and Σdy·((x − pivot)·scale) of every column to the sums of its slot.</summary>
    /// <param name="pivots">
    /// Lanes: for every column the pivot, then (<paramref name="plane"/> on) what is left of it, then the scale, a power of two.
    /// </param>
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
        Products<WholePacks>(x, dy, tile, pivots, plane, sums, squaresOfDy, slot);
        if (tile.Columns % Lanes != 0)
        {
            Products<PartOfLastPack>(x, dy, tile, pivots, plane, sums, squaresOfDy, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Products<TPart>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* pivots,
        nint plane,
        in SlotSums sums,
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
                var rest = TPack.LoadLanes(at, plane);
                var scale = TPack.LoadLanes(at, 2 * plane);
                var sum = TSum.Zero;
                var products = TSum.Zero;
                var squaresOfG = TSum.Zero;
                var row = x + offset;
                var ofDy = dy + offset;
                var remaining = rows;
                ahead.BeginColumns(offset);
                for (; TPart.IsWhole && remaining >= 4; remaining -= 4)
                {
                    ahead.FetchFour(x, dy);
                    var a = Next<TPart>(ref ofDy, step, left);
                    var b = Next<TPart>(ref ofDy, step, left);
                    var c = Next<TPart>(ref ofDy, step, left);
                    var d = Next<TPart>(ref ofDy, step, left);
                    sum.Add(a, b, c, d);
                    if (TSum.Watches)
                    {
                        squaresOfG.AddSquares(a, b, c, d);
                    }

                    a *= Deviation(Next<TPart>(ref row, step, left), mean, rest, scale);
                    b *= Deviation(Next<TPart>(ref row, step, left), mean, rest, scale);
                    c *= Deviation(Next<TPart>(ref row, step, left), mean, rest, scale);
                    d *= Deviation(Next<TPart>(ref row, step, left), mean, rest, scale);
                    products.Add(a, b, c, d);
                }

                for (; remaining > 0; remaining--)
                {
                    var a = Next<TPart>(ref ofDy, step, left);
                    var t = Deviation(Next<TPart>(ref row, step, left), mean, rest, scale);
                    sum.Add(a);
                    if (TSum.Watches)
                    {
                        squaresOfG.AddSquare(a);
                    }

                    products.Add(Keep<TPart>(a * t, left));
                }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SmallestElement<TStored> And<TPart>(
        in SmallestElement<TStored> smallest,
        byte* row,
        int left
    )
        where TPart : struct, IColumnPart =>
        TPart.IsWhole ? smallest.And(row, 0) : smallest.And(row, 0, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Next<TPart>(ref byte* row, nint step, int left)
        where TPart : struct, IColumnPart =>
        ColumnPacks<TPack, TWide, TStored>.Next<TPart>(ref row, step, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Keep<TPart>(TPack pack, int left)
        where TPart : struct, IColumnPart =>
        ColumnPacks<TPack, TWide, TStored>.Keep<TPart>(pack, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest) =>
        TSum.Corrects ? x - mean - rest : x - mean;

    /// <summary>x − μ times a power of two, where products need that (<see cref="ISum{TSelf,TPack,TWide}.Scales"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest, TPack scale) =>
        TSum.Scales ? Deviation(x, mean, rest) * scale : Deviation(x, mean, rest);
}
