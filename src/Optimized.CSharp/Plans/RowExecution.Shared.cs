using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>The part in which threads share rows.</summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
{
    private void ComputeShared()
    {
        if (HasHints)
        {
            ComputeFromHints();
        }
        else
        {
            FindNumbers();
            FindGradients();
        }

        InParallel(SharedOutput, Parts);
    }

    /// <summary>A row whose hint was no good is done again by itself: the others' bits must not depend on it.</summary>
    private void ComputeFromHints()
    {
        InParallel(SharedHints, Parts);
        for (var row = 0; row < _rows; row++)
        {
            var sums = MergedProducts(row);
            var chunks = _moments + ((nint)row * _chunksOfRow);
            if (!FromHints(row, chunks, ref sums, out var numbers))
            {
                SumsWithoutHint(row, chunks, out numbers, out sums);
            }

            WriteGradient(row, _gradients + ((nint)row * RowBytes), numbers, sums);
        }
    }

    private void FindGradients()
    {
        if (!IsBackward)
        {
            return;
        }

        InParallel(SharedProducts, Parts);
        for (var row = 0; row < _rows; row++)
        {
            var gradient = _gradients + ((nint)row * RowBytes);
            WriteGradient(row, gradient, _numbers[row], MergedProducts(row));
        }
    }

    private void FindNumbers()
    {
        if (IsBackward && TakesSaved)
        {
            for (var row = 0; row < _rows; row++)
            {
                NumbersOfRow(row, null, out _numbers[row]);
            }

            return;
        }

        InParallel(SharedMoments, Parts);
        for (var row = 0; row < _rows; row++)
        {
            var chunks = _moments + ((nint)row * _chunksOfRow);
            Merge(Row(row), chunks, _chunksOfRow, out var moments);
            Keep(row, moments, out _numbers[row]);
        }
    }

    private UnitSums MergedProducts(int row)
    {
        var products = _products[(nint)row * _chunksOfRow];
        for (var chunk = 1; chunk < _chunksOfRow; chunk++)
        {
            products.Add(_products[((nint)row * _chunksOfRow) + chunk]);
        }

        return products;
    }

    private void ShareOfHints(int part, int parts)
    {
        var (first, end) = Share(_rows * _chunksOfRow, part, parts);
        for (var item = first; item < end; item++)
        {
            var (row, chunk) = Math.DivRem(item, _chunksOfRow);
            Gather(row, chunk, out _moments[item], out _products[item]);
        }
    }

    private void ShareOfMoments(int part, int parts)
    {
        var (first, end) = Share(_rows * _chunksOfRow, part, parts);
        for (var item = first; item < end; item++)
        {
            var (row, chunk) = Math.DivRem(item, _chunksOfRow);
            MomentsOf(new Chunks(Row(row))[chunk], Ahead.Nothing, out _moments[item]);
        }
    }

    private void ShareOfProducts(int part, int parts)
    {
        var (first, end) = Share(_rows * _chunksOfRow, part, parts);
        for (var item = first; item < end; item++)
        {
            var (row, chunk) = Math.DivRem(item, _chunksOfRow);
            ProductsOf(row, chunk, _numbers[row], out _products[item]);
        }
    }

    private void ShareOfOutput(int part, int parts)
    {
        var (first, end) = Share(IsBackward ? _chunksOfRow : _rows * _chunksOfRow, part, parts);
        for (var item = end - 1; item >= first; item--)
        {
            var position = item % _chunksOfRow * Chunks.Size;
            var length = Math.Min(_length - position, Chunks.Size);
            if (!IsBackward)
            {
                var row = item / _chunksOfRow;
                Output(row, _numbers[row], position, length, Stage(part));
                continue;
            }

            for (var slice = 0; slice < _slices; slice++)
            {
                Clear(slice, position, length);
                var (top, bottom) = RowsOf(slice);
                for (var row = top; row < bottom; row += RowsATurn)
                {
                    Gradient(
                        row,
                        Math.Min(RowsATurn, bottom - row),
                        _gradients + ((nint)row * RowBytes),
                        position,
                        length,
                        SumsOf(slice),
                        part
                    );
                }
            }
        }
    }
}
