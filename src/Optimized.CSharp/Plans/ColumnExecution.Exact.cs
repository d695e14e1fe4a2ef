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
        var isExact = true;
        for (var i = 0; Watches && i < tile.Columns; i++)
        {
            isExact &= Holds(tile, sums, column, i, pivots);
        }

        if (!isExact)
        {
            SumDoubtful(tile, sums, column, pivots, part);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Holds(in Tile tile, in ColumnSums sums, nint first, int i, byte* pivots)
    {
        var at = first + i;
        var pivot = pivots is null ? 0 : ((double*)pivots)[i];

        // Squares are about the mean by now. A pivot stands for what the others are away from it, at the most.
        return Exactness<TStored>.Holds(
            Math.Abs(sums.Sum[at]) + Math.Abs(pivot * tile.Rows),
            sums.Squares[at],
            tile.Rows,
            sums.Least[at],
            pivot
        );
    }

    /// <remarks>
    /// What is found for one column says nothing about another: a sum that is exact is the same in both ways.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SumDoubtful(in Tile tile, in ColumnSums sums, nint column, byte* pivots, int part)
    {
        var all = new Stretch(tile.First, tile.Rows, tile.Distance, tile.Columns);
        var least = SmallestElement<TStored>.Of(Tensors.X, all);
        var again = new ColumnSums(_merged + (ColumnSums.Planes * _plane * part), _plane);
        var isThere = false;
        for (var i = 0; i < tile.Columns; i++)
        {
            var at = column + i;
            if (sums.Least[at] == 0)
            {
                sums.Least[at] = least;
            }

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
