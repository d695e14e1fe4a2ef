using System.Runtime.CompilerServices;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>Sums of columns that plain binary64 does not hold: as <see cref="Execution{TPack,TWide,TSum,TStored}"/> has it.</summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Makes Σx of the columns of a chunk exact where there is a doubt.</summary>
    /// <param name="pivots">What elements were added less of; null: nothing.</param>
    private void SumAgain(in Tile tile, in ColumnSums sums, nint column, byte* pivots, int part)
    {
        if (Watches && !SurelyHolds(tile, sums, column, pivots))
        {
            SumDoubtful(tile, sums, column, pivots, part);
        }
    }

    /// <summary>Whether the sums of all columns that are finite are exact, as far as can be told quickly.</summary>
    private static bool SurelyHolds(in Tile tile, in ColumnSums sums, nint first, byte* pivots)
    {
        var rows = TWide.Of(tile.Rows);
        var worst = TWide.Of(0);
        for (nint i = 0; i < tile.Columns; i += PackSizes.Lanes)
        {
            var at = first + i;
            var sum = TWide.LoadDouble(sums.Sum + at);
            var least = TWide.LoadSingle(sums.Least + at);
            if (pivots is not null)
            {
                var pivot = TWide.LoadDouble((double*)pivots + i);
                least = TWide.LeastMagnitude(least, pivot);
                sum = TWide.Fma(TWide.Of(0) - pivot, rows, sum);
            }

            var squares = TWide.LoadDouble(sums.Squares + at);
            var margin = Exactness<TStored>.Margin(sum, squares, rows, least);

            // In this order a NaN, of a column that holds one, is passed over.
            worst = TWide.Least(TWide.Keep(margin, tile.Columns - (int)i), worst);
        }

        return TWide.Least(worst) >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Holds(in Tile tile, in ColumnSums sums, nint first, int i, byte* pivots)
    {
        var at = first + i;
        var pivot = pivots is null ? 0 : ((double*)pivots)[i];

        return Exactness<TStored>.Holds(
            sums.Sum[at] - (pivot * tile.Rows),
            sums.Squares[at],
            tile.Rows,
            sums.Least[at],
            pivot
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SumDoubtful(in Tile tile, in ColumnSums sums, nint column, byte* pivots, int part)
    {
        for (var first = 0; first < tile.Columns; first += PackSizes.Lanes)
        {
            var pack = tile with
            {
                First = tile.First + first,
                Columns = Math.Min(PackSizes.Lanes, tile.Columns - first),
            };
            SumPack(
                pack,
                sums,
                column + first,
                pivots is null ? null : pivots + (first * sizeof(double)),
                part
            );
        }
    }

    /// <remarks>
    /// What is found for one column says nothing about another: a sum that is exact is the same in both ways.
    /// </remarks>
    private void SumPack(in Tile tile, in ColumnSums sums, nint column, byte* pivots, int part)
    {
        var again = new ColumnSums(_merged + (ColumnSums.Planes * _plane * part), _plane);
        var isThere = false;
        for (var i = 0; i < tile.Columns; i++)
        {
            var at = column + i;
            if (Holds(tile, sums, column, i, pivots) || !double.IsFinite(sums.Sum[at]))
            {
                continue;
            }

            if (!isThere)
            {
                isThere = true;
                again.Clear(column, tile.Columns, ofData: true, ofGradient: false);
                ColumnKernels<TWide, TWide, CompensatedSum<TWide>, TStored>.Sum(
                    Tensors.X,
                    tile,
                    again.OfX,
                    column
                );
            }

            var sum = Extended.OfSum(again.Sum[at], again.SumLost[at]);
            sums.Sum[at] = sum.Hi;
            sums.SumLost[at] = sum.Lo;
        }
    }

    /// <summary>The elements of a group.</summary>
    private Stretch ElementsOf(int matrix, int firstColumn) =>
        new(
            ((nint)matrix * _geometry.Rows * _geometry.Channels) + firstColumn,
            _geometry.Rows,
            _geometry.Channels,
            _geometry.ColumnsOfGroup
        );
}
