using System.Runtime.CompilerServices;
using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>A forward of rows of one chunk, a few rows at a time: statistics of all of them, then the results of two at once.</summary>
internal sealed unsafe partial class RowExecution<TPack, TWide, TSum, TStored>
{
    [SkipLocalsInit]
    private void ForwardByTurns(int part, int parts)
    {
        var centres = stackalloc Centre[MostOfTurn];
        var (first, end) = Share(_rows, part, parts);
        var stage = Stage(part);
        var rowBytes = (nint)_length * TStored.Bytes;
        var rowsOfBuffer = (int)(OutputStage.BufferBytes / rowBytes);
        var lines = TakesLines(stage);
        var buffers = !lines && stage.Takes(rowBytes * Math.Min(_rows, rowsOfBuffer));
        var rowsOfTurn = buffers ? Math.Min(_rowsOfTurn, rowsOfBuffer) : _rowsOfTurn;
        for (var row = first; row < end; row += rowsOfTurn)
        {
            var rows = Math.Min(rowsOfTurn, end - row);
            CentresOfTurn(row, rows, part, centres);
            var offset = row * rowBytes;
            var target = buffers ? stage.Buffer : stage.Tensor + offset;
            if (lines)
            {
                WriteTurn<Streamed>(row, rows, part, centres, target);
            }
            else
            {
                WriteTurn<Cached>(row, rows, part, centres, target);
            }

            if (buffers)
            {
                stage.Flush(offset, rows * rowBytes);
            }
        }
    }

    [SkipLocalsInit]
    private void CentresOfTurn(int first, int rows, int part, Centre* centres)
    {
        var moments = stackalloc Moments[MostOfTurn];
        MomentsOfTurn(first, rows, part, moments);
        for (var i = 0; i < rows; i++)
        {
            var inverse = 1 / moments[i].Std(Problem.Epsilon);
            ChannelState<TStored>.Save(Tensors, first + i, moments[i].Mean, inverse);

            // Number by number: a copy of the whole would wait until the numbers have been stored.
            var centre = CentreOf(moments[i].Mean, inverse);
            centres[i].Mean = centre.Mean;
            centres[i].Rest = centre.Rest;
            centres[i].InverseStd = centre.InverseStd;
        }
    }

    /// <summary>Whether all rows consist of whole cache lines.</summary>
    private bool TakesLines(in OutputStage stage) => stage.TakesLines<TStored>(0, _length, _length);

    private void WriteTurn<TTarget>(int first, int rows, int part, Centre* centres, byte* target)
        where TTarget : struct, ITarget
    {
        if (_widensParameters)
        {
            WriteTurn<LaneParameters<TPack, TWide>, TTarget>(first, rows, part, centres, target);
        }
        else
        {
            WriteTurn<StoredParameters<TPack, TWide, TStored>, TTarget>(
                first,
                rows,
                part,
                centres,
                target
            );
        }
    }

    /// <summary>Results of a turn, row after row from <paramref name="target"/> on.</summary>
    private void WriteTurn<TParameters, TTarget>(
        int first,
        int rows,
        int part,
        Centre* centres,
        byte* target
    )
        where TParameters : struct, IRowParameters<TPack>
        where TTarget : struct, ITarget
    {
        var ahead = Fetching(Ahead.Second(_next * TStored.Bytes));
        var i = 0;
        for (; i < rows - 1 && _writesPairs; i += 2)
        {
            RowKernels<TPack, TWide, TSum, TStored>.ApplyLanesOfTwo<TParameters, TTarget>(
                LanesOf(part, first, i),
                LaneDistance,
                target + ((nint)i * _length * TStored.Bytes),
                _length,
                centres + i,
                _gamma,
                _beta,
                AddressOf(first + i),
                ahead
            );
        }

        for (; i < rows; i++)
        {
            if (_widens || AreLanes)
            {
                RowKernels<TPack, TWide, TSum, TStored>.ApplyLanes<TParameters, TTarget>(
                    LanesOf(part, first, i),
                    target + ((nint)i * _length * TStored.Bytes),
                    _length,
                    centres[i],
                    _gamma,
                    _beta,
                    AddressOf(first + i),
                    ahead
                );
                continue;
            }

            RowKernels<TPack, TWide, TSum, TStored>.Apply<TTarget>(
                Tensors.X,
                (nint)(first + i) * _length,
                target,
                (nint)i * _length,
                _length,
                centres[i],
                Gamma,
                Beta,
                0,
                ahead
            );
        }
    }
}
