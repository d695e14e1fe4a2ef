using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>Results of columns, each with numbers of its own: of channels-last data, and of short runs side by side.</summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>
{
    /// <summary>y or dx of a tile. Where it goes through a buffer, it has to fit that.</summary>
    /// <param name="number">Place of the first column among the numbers.</param>
    protected void WriteTile(
        in Tile tile,
        in ColumnNumbers numbers,
        nint number,
        in OutputStage stage
    )
    {
        if (stage.TakesLines<TStored>(tile.First, tile.Distance, tile.Columns))
        {
            Put<Streamed>(tile, numbers, number, stage.Tensor, tile.First, tile.Distance);
            return;
        }

        var bytes = (nint)tile.Columns * TStored.Bytes;
        var whole = tile.Columns == tile.Distance;
        if (!stage.Takes(whole ? bytes * tile.Rows : bytes))
        {
            Put<Cached>(tile, numbers, number, stage.Tensor, tile.First, tile.Distance);
            return;
        }

        Put<Cached>(tile, numbers, number, stage.Buffer, 0, tile.Columns);
        var offset = tile.First * TStored.Bytes;
        if (whole)
        {
            stage.Flush(offset, bytes * tile.Rows);
        }
        else
        {
            stage.FlushRows(offset, tile.Distance * TStored.Bytes, bytes, tile.Rows);
        }
    }

    private void Put<TTarget>(
        in Tile tile,
        in ColumnNumbers numbers,
        nint number,
        byte* target,
        nint to,
        nint distance
    )
        where TTarget : struct, ITarget
    {
        if (IsBackward && !IsInference)
        {
            ColumnKernels<TPack, TWide, TSum, TStored>.Gradient<TTarget>(
                Tensors.X,
                Tensors.Dy,
                tile,
                target,
                to,
                distance,
                numbers,
                number
            );
            return;
        }

        // In inference dx = (γ·dy)/σ, whatever x is: an infinite x must not get in.
        ColumnKernels<TPack, TWide, TSum, TStored>.Apply<TTarget>(
            IsBackward ? Tensors.Dy : Tensors.X,
            tile,
            target,
            to,
            distance,
            numbers,
            number
        );
    }
}
