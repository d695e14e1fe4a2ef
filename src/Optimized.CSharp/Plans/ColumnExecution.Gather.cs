using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>The part that reads: sums of every chunk of rows.</summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
{
    private void GatherAndFinish()
    {
        if (Gathers)
        {
            InParallel(Gather, Parts);
        }

        InParallel(Finish, Math.Min(Parts, _rangesOfMatrix * _matrices));
    }

    private void GatherShare(int part, int parts)
    {
        var perMatrix = _geometry.ChunksOfMatrix * _geometry.Strips;
        var (first, end) = Share(perMatrix * _matrices, part, parts);
        for (var item = first; item < end; item++)
        {
            var (matrix, inMatrix) = Math.DivRem(item, perMatrix);
            var (chunk, strip) = Math.DivRem(inMatrix, _geometry.Strips);
            var (nextMatrix, nextInMatrix) = Math.DivRem(Math.Min(item + 1, end - 1), perMatrix);
            var (nextChunk, nextStrip) = Math.DivRem(nextInMatrix, _geometry.Strips);
            var next = _geometry.Tile(_matrix + nextMatrix, nextChunk, nextStrip);
            GatherChunk(_matrix + matrix, chunk, strip, part, next.First, _fromHints);
        }
    }

    private void GatherChunk(int matrix, int chunk, int strip, int part, nint next, bool fromHints)
    {
        var tile = _geometry.Tile(matrix, chunk, strip);
        var column = (nint)strip * _geometry.StripColumns;
        var sums = ChunksOf(matrix)[chunk];
        var pivots = PivotsOf(part);
        sums.Clear(column, tile.Columns, FindsMoments, IsBackward);
        if (fromHints)
        {
            GatherFromHints(matrix, tile, sums, column, pivots, part);
            return;
        }

        if (!FindsMoments)
        {
            WriteGiven(matrix, strip, tile.Columns, pivots, part);
        }
        else if (_looksOnce)
        {
            LookOnce(matrix, strip, tile, sums, part);
            return;
        }
        else
        {
            FindMoments(tile, sums, column, pivots, next);
            WriteScales(tile, sums, column, pivots);
            SumAgain(tile, sums, column, null, part);
        }

        if (IsBackward)
        {
            ColumnKernels<TPack, TWide, TSum, TStored>.Products(
                Tensors.X,
                Tensors.Dy,
                tile,
                pivots,
                _plane,
                sums.OfGradient,
                sums.OfSquaredDy,
                column
            );
            ColumnMerge<TPack, TWide, TSum>.Settle(sums.OfGradient.OfDy, column, tile.Columns);
            ColumnMerge<TPack, TWide, TSum>.Settle(
                sums.OfGradient.OfProducts,
                column,
                tile.Columns
            );
        }

        if (FindsMoments && IsBackward)
        {
            ColumnMerge<TPack, TWide, TSum>.Centre(
                sums,
                column,
                tile.Columns,
                tile.Rows,
                pivots,
                _plane,
                ofData: false,
                ofGradient: true
            );
        }
    }

    /// <summary>Means that were saved, and scales: the same for all chunks.</summary>
    private void WriteGiven(int matrix, int strip, int columns, byte* pivots, int part)
    {
        if (!IsNew(matrix, strip, part))
        {
            return;
        }

        var column = strip * _geometry.StripColumns;
        for (var i = 0; i < columns; i++)
        {
            TPack.WriteLane(GivenMean(matrix, column + i), pivots, i);
            TPack.WriteLane(0, pivots, _plane + i);
            TPack.WriteLane(GivenScale(matrix, column + i), pivots, (2 * _plane) + i);
        }
    }

    private void WriteScales(in Tile tile, in ColumnSums sums, nint column, byte* pivots)
    {
        if (!TSum.Scales || !IsBackward)
        {
            return;
        }

        for (var i = 0; i < tile.Columns; i++)
        {
            var scale = _scales.Of(sums.OfSquares[column + i], tile.Rows);
            TPack.WriteLane(scale, pivots, (2 * _plane) + i);
        }
    }

    /// <summary>Σx and Σ(x − mean of the tile)² of every column, in two looks.</summary>
    private void FindMoments(in Tile tile, in ColumnSums sums, nint column, byte* pivots, nint next)
    {
        if (IsCentred)
        {
            ColumnKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, tile, sums.OfX, column);
        }

        ColumnMerge<TPack, TWide, TSum>.Pivots(
            sums,
            column,
            tile.Columns,
            tile.Rows,
            pivots,
            _plane
        );
        ColumnKernels<TPack, TWide, TSum, TStored>.Squares(
            Tensors.X,
            tile,
            pivots,
            _plane,
            sums.OfSquares,
            sums.Least,
            column,
            next - tile.First
        );
        ColumnMerge<TPack, TWide, TSum>.Centre(
            sums,
            column,
            tile.Columns,
            tile.Rows,
            pivots,
            _plane,
            ofData: true,
            ofGradient: false
        );
    }

    private void GatherFromHints(
        int matrix,
        in Tile tile,
        in ColumnSums sums,
        nint column,
        byte* pivots,
        int part
    )
    {
        for (var i = 0; i < tile.Columns; i++)
        {
            TPack.WriteLane(Hint(GroupOf(matrix, (int)column + i)), pivots, i);
        }

        ColumnKernels<TPack, TWide, TSum, TStored>.Gather(
            Tensors.X,
            Tensors.Dy,
            tile,
            pivots,
            sums.OfX,
            sums.OfSquares,
            sums.OfGradient,
            sums.Least,
            sums.OfSquaredDy,
            column
        );
        ColumnMerge<TPack, TWide, TSum>.FromPivots(
            sums,
            column,
            tile.Columns,
            tile.Rows,
            pivots,
            ofGradient: true
        );
        SumAgain(tile, sums, column, pivots, part);
    }

    private int GroupOf(int matrix, int column) =>
        (matrix * _geometry.GroupsOfMatrix) + (column / _geometry.ColumnsOfGroup);

    private double GivenScale(int matrix, int column) =>
        ScaleOf(
            IsInference
                ? ChannelState<TStored>.Frozen(Problem, Tensors, column).InverseStd
                : TStored.ReadParameter(Tensors.SavedInverseStd, GroupOf(matrix, column))
        );

    private double GivenMean(int matrix, int column) =>
        IsInference
            ? TStored.ReadParameter(Tensors.RunningMean, column)
            : Parameter(Tensors.SavedMean, GroupOf(matrix, column), 0);
}
