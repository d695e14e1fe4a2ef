using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>Arithmetic on <see cref="ColumnSums"/>, a pack of columns at a time.</summary>
internal static unsafe partial class ColumnMerge<TPack, TWide, TSum>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
{
    private const int Lanes = PackSizes.Lanes;

    /// <summary>Writes the pivots of columns, Σx/n, as lanes; what a binary32 pivot leaves goes to the second plane.</summary>
    public static void Pivots(
        in ColumnSums sums,
        nint first,
        int columns,
        double rows,
        byte* pivots,
        nint plane
    )
    {
        var n = TWide.Of(rows);
        for (nint column = 0; column < columns; column += Lanes)
        {
            var (mean, rest) = Mean(sums, first + column, n);
            Write(mean, rest, pivots, column, plane);
        }
    }

    /// <summary>After an overflow what was lost is NaN, which says nothing.</summary>
    public static void Settle(in SlotPlane plane, nint first, int columns)
    {
        for (var column = first; TSum.Corrects && column < first + columns; column++)
        {
            plane.Lost[column] = double.IsFinite(plane.Lost[column]) ? plane.Lost[column] : 0;
        }
    }

    /// <summary>
    /// Moves Σ(x − pivot)² and Σdy(x − pivot) of a chunk from a binary32 pivot to the mean itself. Nothing to do where kernels
    /// subtract both parts of the mean.
    /// </summary>
    public static void Centre(
        in ColumnSums sums,
        nint first,
        int columns,
        double rows,
        byte* pivots,
        nint plane,
        bool ofData,
        bool ofGradient
    )
    {
        if (TSum.Corrects)
        {
            return;
        }

        var n = TWide.Of(rows);
        for (nint column = 0; column < columns; column += Lanes)
        {
            var rest = TPack.Widen(TPack.LoadLanes(pivots, plane + column));
            var at = first + column;
            if (ofData)
            {
                var squares = TWide.LoadDouble(sums.Squares + at) - (n * rest * rest);
                TWide.StoreDouble(AtLeastZero(squares), sums.Squares + at);
            }

            if (ofGradient)
            {
                var moved = TSum.Scales
                    ? rest * TPack.Widen(TPack.LoadLanes(pivots, (2 * plane) + column))
                    : rest;
                var products =
                    TWide.LoadDouble(sums.Products + at) - (moved * TWide.LoadDouble(sums.Dy + at));
                TWide.StoreDouble(products, sums.Products + at);
            }
        }
    }

    /// <summary>
    /// Makes of sums about given pivots what the sums of a chunk are otherwise: Σx, and squares and products about the chunk's
    /// own mean.
    /// </summary>
    public static void FromPivots(
        in ColumnSums sums,
        nint first,
        int columns,
        double rows,
        byte* pivots,
        bool ofGradient
    )
    {
        var n = TWide.Of(rows);
        for (nint column = 0; column < columns; column += Lanes)
        {
            var at = first + column;
            var pivot = TPack.Widen(TPack.LoadLanes(pivots, column));
            var deviations = TWide.LoadDouble(sums.Sum + at);
            var distance = deviations / n;

            // n·pivot is exact: a binary32 number times a small one.
            var whole = n * pivot;
            var sum = whole + deviations;
            var part = sum - whole;
            TWide.StoreDouble(sum, sums.Sum + at);
            TWide.StoreDouble(whole - (sum - part) + (deviations - part), sums.SumLost + at);
            var squares = TWide.LoadDouble(sums.Squares + at) - (distance * deviations);
            TWide.StoreDouble(AtLeastZero(squares), sums.Squares + at);
            if (ofGradient)
            {
                var products =
                    TWide.LoadDouble(sums.Products + at)
                    - (distance * TWide.LoadDouble(sums.Dy + at));
                TWide.StoreDouble(products, sums.Products + at);
            }
        }
    }

    /// <summary>
    /// For sums about pivots, Σ(x − μ)² − n(μ − pivot)² of every column: below 0 where the pivot is farther from the mean than
    /// the data. True where no column is.
    /// </summary>
    public static bool Margins(
        in ColumnSums sums,
        nint first,
        int columns,
        double rows,
        double* margins
    )
    {
        var n = TWide.Of(rows);
        var least = TWide.Of(0);
        for (nint column = 0; column < columns; column += Lanes)
        {
            var deviations = TWide.LoadDouble(sums.Sum + first + column);
            var moved = deviations / n * deviations;
            var margin = TWide.LoadDouble(sums.Squares + first + column) - moved - moved;
            TWide.StoreDouble(margin, margins + column);
            least = TWide.Least(least, margin);
        }

        return TWide.Sum(least) >= 0;
    }

    private static TWide AtLeastZero(TWide value) =>
        TWide.Of(0) - TWide.Least(TWide.Of(0), TWide.Of(0) - value);

    private static (TWide Mean, TWide Lost) Mean(in ColumnSums sums, nint column, TWide rows)
    {
        var sum = TWide.LoadDouble(sums.Sum + column);
        var mean = sum / rows;
        var lost = TWide.LoadDouble(sums.SumLost + column);
        var rest = (TWide.Fma(TWide.Of(0) - mean, rows, sum) + lost) / rows;
        return (mean, rest);
    }

    private static void Write(TWide mean, TWide rest, byte* pivots, nint column, nint plane)
    {
        if (TPack.LaneBytes == sizeof(double))
        {
            TWide.StoreDouble(mean, (double*)pivots + column);
            TWide.StoreDouble(rest, (double*)pivots + plane + column);
            return;
        }

        var single = (float*)pivots + column;
        TWide.StoreSingle(mean, single);
        TWide.StoreSingle(mean - TWide.LoadSingle(single) + rest, single + plane);
    }

    private static void Add(in SlotPlane total, in SlotPlane part, nint column)
    {
        Add(total, TWide.LoadDouble(part.Sums + column), column);
        var lost = TWide.LoadDouble(total.Lost + column) + TWide.LoadDouble(part.Lost + column);
        TWide.StoreDouble(lost, total.Lost + column);
    }

    private static void Add(in SlotPlane total, TWide term, nint column)
    {
        var sum = TWide.LoadDouble(total.Sums + column);
        var next = sum + term;
        TWide.StoreDouble(next, total.Sums + column);
        if (TSum.Corrects)
        {
            var part = next - sum;
            var lost = sum - (next - part) + (term - part);
            TWide.StoreDouble(TWide.LoadDouble(total.Lost + column) + lost, total.Lost + column);
        }
    }
}
