using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>The way in which a thread does a strip of columns from beginning to end.</summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
{
    private void StripShare(int part, int parts)
    {
        var (first, end) = Share(_geometry.Strips * _geometry.Matrices, part, parts);
        for (var item = first; item < end; item++)
        {
            var (matrix, strip) = Math.DivRem(item, _geometry.Strips);
            WholeStrip(matrix, strip, part);
        }
    }

    private void WholeStrip(int matrix, int strip, int part)
    {
        GatherStrip(matrix, strip, part, HasHints);
        if (!FinishStrip(matrix, strip, part, HasHints, repeats: false))
        {
            GatherStrip(matrix, strip, part, fromHints: false);
            FinishStrip(matrix, strip, part, fromHints: false, repeats: true);
        }

        // Backwards: what was read last is nearest.
        var column = strip * _geometry.StripColumns;
        var columns = Math.Min(_geometry.StripColumns, _geometry.Channels - column);
        var stage = Stage(part);
        var isDirect = stage.WritesDirectly<TStored>(column, _geometry.Channels, columns);
        var bytes = isDirect ? DirectBandBytes : OutputStage.BufferBytes;
        var rows = Math.Max(1, bytes / TStored.Bytes / columns);
        for (var band = Chunks.CeilingOf(_geometry.Rows, rows) - 1; band >= 0; band--)
        {
            WriteBand(matrix, band * rows, rows, column, columns, stage);
        }
    }

    private void GatherStrip(int matrix, int strip, int part, bool fromHints)
    {
        if (!Gathers)
        {
            return;
        }

        for (var chunk = 0; chunk < _geometry.ChunksOfMatrix; chunk++)
        {
            var following = Math.Min(chunk + 1, _geometry.ChunksOfMatrix - 1);
            var next = _geometry.Tile(matrix, following, strip).First;
            GatherChunk(matrix, chunk, strip, part, next, fromHints);
        }
    }

    /// <summary>False where the hint of some group was no good.</summary>
    private bool FinishStrip(int matrix, int strip, int part, bool fromHints, bool repeats)
    {
        var column = strip * _geometry.StripColumns;
        var columns = Math.Min(_geometry.StripColumns, _geometry.Channels - column);
        var first = column / _geometry.ColumnsOfGroup;
        var end = first + (columns / _geometry.ColumnsOfGroup);
        return FinishGroups(matrix, first, end, part, fromHints, repeats);
    }
}
