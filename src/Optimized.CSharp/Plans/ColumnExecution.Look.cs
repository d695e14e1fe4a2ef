using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// The way in which the statistics of a long matrix need one look at it: sums are taken about the mean of its first rows. A
/// column for which that is no good pivot is looked at twice, and no other with it.
/// </summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Pivots of a chunk, what is left of them, their columns' scales, and the pivots of the strip.</summary>
    private const int PivotPlanes = 4;

    private byte* PivotsOf(int part) => _pivots + (PivotPlanes * _plane * TPack.LaneBytes * part);

    private void LookOnce(int matrix, int strip, in Tile tile, in ColumnSums sums, int part)
    {
        var column = (nint)strip * _geometry.StripColumns;
        var pivots = StripPivots(matrix, strip, tile.Columns, part);
        ColumnKernels<TPack, TWide, TSum, TStored>.Look(
            Tensors.X,
            tile,
            pivots,
            sums.OfX,
            sums.OfSquares,
            sums.Least,
            column
        );
        var twice = new ColumnSums(_merged + (ColumnSums.Planes * _plane * part), _plane);
        var margins = twice.Products;
        var isGood = ColumnMerge<TPack, TWide, TSum>.Margins(
            sums,
            column,
            tile.Columns,
            tile.Rows,
            margins
        );
        ColumnMerge<TPack, TWide, TSum>.FromPivots(
            sums,
            column,
            tile.Columns,
            tile.Rows,
            pivots,
            ofGradient: false
        );
        if (!isGood)
        {
            LookTwice(tile, sums, twice, margins, column, part);
        }

        SumAgain(tile, sums, column, pivots, part);
    }

    /// <summary>Replaces the sums of columns that are farther from their pivot than from each other.</summary>
    private void LookTwice(
        in Tile tile,
        in ColumnSums sums,
        in ColumnSums twice,
        double* margins,
        nint column,
        int part
    )
    {
        twice.Clear(column, tile.Columns, ofData: true, ofGradient: false);
        FindMoments(tile, twice, column, PivotsOf(part), tile.First);
        for (var i = 0; i < tile.Columns; i++)
        {
            if (margins[i] >= 0)
            {
                continue;
            }

            sums.Sum[column + i] = twice.Sum[column + i];
            sums.SumLost[column + i] = twice.SumLost[column + i];
            sums.Squares[column + i] = twice.Squares[column + i];
            sums.SquaresLost[column + i] = twice.SquaresLost[column + i];
        }
    }

    /// <summary>Means of the first rows of a matrix, as binary32 numbers: the same for every chunk and every thread.</summary>
    private byte* StripPivots(int matrix, int strip, int columns, int part)
    {
        var pivots = PivotsOf(part) + (3 * _plane * TPack.LaneBytes);
        if (!IsNew(matrix, strip, part))
        {
            return pivots;
        }

        var first = _geometry.Tile(matrix, 0, strip) with { Rows = _geometry.SampleRows };
        var sums = new ColumnSums(_merged + (ColumnSums.Planes * _plane * part), _plane);
        sums.Clear(0, columns, ofData: true, ofGradient: false);
        ColumnKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, first, sums.OfX, 0);
        for (var i = 0; i < columns; i++)
        {
            TPack.WriteLane((float)(sums.Sum[i] / first.Rows), pivots, i);
        }

        return pivots;
    }

    /// <summary>Whether a thread has no pivots at hand for this strip.</summary>
    private bool IsNew(int matrix, int strip, int part)
    {
        var wanted = new StripSample(_run, matrix, strip);
        if (_samples[part] == wanted)
        {
            return false;
        }

        _samples[part] = wanted;
        return true;
    }

    /// <summary>Whose pivots a thread has at hand.</summary>
    private readonly record struct StripSample(long Run, int Matrix, int Strip);
}
