using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>The backward.</summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
{
    private SlotSums SumsOf(int slice) => new(_slots + (SlotSums.SizeOf(_length) * slice), _length);

    /// <summary>Bytes from a turn's rows to those of the next one.</summary>
    private nint NextTurn => (nint)RowsATurn * _length * TStored.Bytes;

    private (int First, int End) RowsOf(int slice) => Share(_rows, slice, _slices);

    private void WholeSlices(int part, int parts)
    {
        var (firstSlice, endSlice) = Share(_slices, part, parts);
        var scratch = _moments + ((nint)part * _chunksOfRow);
        var numbers = _gradients + ((nint)part * RowsATurn * RowBytes);
        for (var slice = firstSlice; slice < endSlice; slice++)
        {
            Clear(slice, 0, _length);
            var sums = SumsOf(slice);
            var (first, end) = RowsOf(slice);
            for (var row = first; row < end; row += RowsATurn)
            {
                var rows = Math.Min(RowsATurn, end - row);
                for (var i = 0; i < rows; i++)
                {
                    SumsOfRow(row + i, scratch, out var found, out var products);
                    WriteGradient(row + i, numbers + (i * RowBytes), found, products);
                }

                Gradient(row, rows, numbers, 0, _length, sums, part);
            }
        }
    }

    /// <summary>Statistics of a row, and the sums for its gradient.</summary>
    private void SumsOfRow(
        int row,
        ChunkMoments* scratch,
        out GroupNumbers numbers,
        out UnitSums sums
    )
    {
        if (HasHints)
        {
            Gather(row, 0, out scratch[0], out sums);
            for (var chunk = 1; chunk < _chunksOfRow; chunk++)
            {
                Gather(row, chunk, out scratch[chunk], out var more);
                sums.Add(more);
            }

            if (FromHints(row, scratch, ref sums, out numbers))
            {
                return;
            }
        }

        SumsWithoutHint(row, scratch, out numbers, out sums);
    }

    private void SumsWithoutHint(
        int row,
        ChunkMoments* scratch,
        out GroupNumbers numbers,
        out UnitSums sums
    )
    {
        NumbersOfRow(row, scratch, out numbers);
        ProductsOf(row, 0, numbers, out sums);
        for (var chunk = 1; chunk < _chunksOfRow; chunk++)
        {
            ProductsOf(row, chunk, numbers, out var more);
            sums.Add(more);
        }
    }

    private void Gather(int row, int chunk, out ChunkMoments moments, out UnitSums sums)
    {
        var pivot = Hint(row);
        var position = chunk * Chunks.Size;
        var length = Math.Min(_length - position, Chunks.Size);
        RowKernels<TPack, TWide, TSum, TStored>.Gather(
            Tensors.X,
            Tensors.Dy,
            ((nint)row * _length) + position,
            length,
            pivot,
            Gamma,
            position,
            Fetching(Ahead.Whole(NextTurn)),
            out var gathered
        );
        var first = ((nint)row * _length) + position;
        MomentsOf(new(first, 1, 0, length), gathered, pivot, out moments);
        if (!IsCentred)
        {
            moments.Sum = Extended.Zero;
            moments.Mean = Extended.Zero;
            moments.Squares = gathered.Squares.Value;
        }

        sums = new(gathered.Sum, gathered.Products, gathered.SquaresOfG);
    }

    /// <summary>Moves the products of a row from the pivot to the mean, if the pivot was close enough.</summary>
    private bool FromHints(
        int row,
        ChunkMoments* chunks,
        ref UnitSums sums,
        out GroupNumbers numbers
    )
    {
        var pivot = Hint(row);
        Merge(Row(row), chunks, _chunksOfRow, out var moments);
        var moved = IsCentred ? moments.Mean.Minus(pivot) : 0;
        Keep(row, moments, out numbers);
        numbers.Moved = moved;
        var shift = IsCentred ? moved * sums.Dy.Value : 0;
        sums.Products = new(sums.Products.Value - shift, 0);
        return Trusts(moments, pivot);
    }

    /// <summary>dx of some rows, and what they add to dγ and dβ, from one position of the rows on.</summary>
    private void Gradient(
        int row,
        int rows,
        byte* numbers,
        int position,
        int length,
        in SlotSums sums,
        int part
    )
    {
        var stage = Stage(part);
        var first = (nint)row * _length;

        if (position == 0 && length == _length && TakesLines(stage))
        {
            Gradient<Streamed>(row, rows, numbers, 0, length, stage.Tensor, first, _length, sums);
            return;
        }

        // The buffer holds the same piece of all rows, one after the other.
        var fits = OutputStage.BufferBytes / TStored.Bytes / RowsATurn;
        for (var end = position + length; position < end; )
        {
            var buffered = stage.Takes((nint)(end - position) * TStored.Bytes);
            var count = buffered ? Math.Min(end - position, fits) : end - position;
            if (buffered)
            {
                Gradient<Cached>(row, rows, numbers, position, count, stage.Buffer, 0, count, sums);
                stage.FlushRows(
                    (first + position) * TStored.Bytes,
                    (nint)_length * TStored.Bytes,
                    (nint)count * TStored.Bytes,
                    rows
                );
            }
            else
            {
                var to = first + position;
                Gradient<Cached>(
                    row,
                    rows,
                    numbers,
                    position,
                    count,
                    stage.Tensor,
                    to,
                    _length,
                    sums
                );
            }

            position += count;
        }
    }

    private void Gradient<TTarget>(
        int row,
        int rows,
        byte* numbers,
        int position,
        int length,
        byte* target,
        nint to,
        nint distance,
        in SlotSums sums
    )
        where TTarget : struct, ITarget =>
        RowKernels<TPack, TWide, TSum, TStored>.Gradient<TTarget>(
            Tensors.X,
            Tensors.Dy,
            ((nint)row * _length) + position,
            _length,
            target,
            to,
            distance,
            length,
            numbers,
            rows,
            Gamma,
            position,
            sums
        );

    private void ProductsOf(int row, int chunk, in GroupNumbers numbers, out UnitSums sums)
    {
        var pivot = PivotOf(numbers.Mean);
        var scale = ScaleOf(numbers.InverseStd);
        var position = chunk * Chunks.Size;
        RowKernels<TPack, TWide, TSum, TStored>.Products(
            Tensors.X,
            Tensors.Dy,
            ((nint)row * _length) + position,
            Math.Min(_length - position, Chunks.Size),
            pivot,
            scale,
            Gamma,
            position,
            Fetching(Ahead.Whole(NextTurn)),
            out var sum,
            out var products,
            out var squares
        );
        sums = new(sum, new(ProductsAbout(pivot, scale, products, sum), 0), squares);
    }

    private void WriteGradient(int index, byte* row, in GroupNumbers numbers, in UnitSums products)
    {
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        var meanOfG = IsCentred ? products.Dy.Value / _length : 0;
        var correlation = products.Products.Value * Unscaled(numbers.InverseStd) / _length;
        SumGradientAgain(index, numbers, products.Squares, ref meanOfG, ref correlation);
        TPack.WriteLane(centre.Mean, row, RowGradient.Mean);
        TPack.WriteLane(centre.Rest, row, RowGradient.Rest);
        TPack.WriteLane(centre.InverseStd, row, RowGradient.InverseStd);
        TPack.WriteLane(-meanOfG, row, RowGradient.MeanOfG);
        TPack.WriteLane(-correlation, row, RowGradient.Correlation);
        TPack.WriteLane(numbers.InverseStd, row, RowGradient.Factor);
    }

    protected override int GradientParts => 1;

    protected override GradientPart GradientPartOf(int group, int part) =>
        new(Row(group), Gamma, 0, 1);

    private void Clear(int slice, int position, int length)
    {
        var sums = SumsOf(slice);
        sums.OfDy.Clear(position, length);
        sums.OfProducts.Clear(position, length);
    }

    /// <summary>dγ and dβ from the slices, in order.</summary>
    private void MergeSlices(int part, int parts)
    {
        var packs = Chunks.CeilingOf(_length, PackSizes.Lanes);
        var (first, end) = Share(packs, part, parts);
        for (var pack = first; pack < end; pack++)
        {
            var slot = pack * PackSizes.Lanes;
            var total = SumsOf(0);
            for (var slice = 1; slice < _slices; slice++)
            {
                var sums = SumsOf(slice);
                SlotSums<TPack, TWide, TSum>.Merge(total.OfDy, sums.OfDy, slot);
                SlotSums<TPack, TWide, TSum>.Merge(total.OfProducts, sums.OfProducts, slot);
            }

            var count = Math.Min(PackSizes.Lanes, _length - slot);
            WriteSlots(total.OfProducts, Tensors.DGamma, slot, count);
            WriteSlots(total.OfDy, Tensors.DBeta, slot, count);
        }
    }

    private static void WriteSlots(in SlotPlane sums, byte* gradient, int slot, int count)
    {
        for (var i = slot; gradient is not null && i < slot + count; i++)
        {
            TStored.WriteParameter(sums[i], gradient, i);
        }
    }
}
