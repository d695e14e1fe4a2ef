using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that write dx.</summary>
internal static unsafe partial class ColumnKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>dx from x and dy, see <see cref="Slope"/>, with numbers of its own for every column.</summary>
    public static void Gradient<TTarget>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* dx,
        nint to,
        nint distance,
        in ColumnNumbers numbers,
        nint number
    )
        where TTarget : struct, ITarget
    {
        Gradient<TTarget, WholePacks>(x, dy, tile, dx, to, distance, numbers, number);
        if (tile.Columns % Lanes != 0)
        {
            Gradient<TTarget, PartOfLastPack>(x, dy, tile, dx, to, distance, numbers, number);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Gradient<TTarget, TPart>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* dx,
        nint to,
        nint distance,
        in ColumnNumbers numbers,
        nint number
    )
        where TTarget : struct, ITarget
        where TPart : struct, IColumnPart
    {
        var turn = RowsOfWrite<TTarget>();
        var first = TPart.First(tile.Columns);
        var columns = TPart.End(tile.Columns) - first;
        var fetched = RowsToFetch(tile, turn);
        var step = tile.Distance * TStored.Bytes;
        var next = distance * TStored.Bytes;
        var plane = numbers.PlaneBytes;
        var at = numbers.At(number + first);
        var fromX = x + ((tile.First + first) * TStored.Bytes);
        var fromDy = dy + ((tile.First + first) * TStored.Bytes);
        var into = dx + ((to + first) * TStored.Bytes);
        for (var top = 0; top < tile.Rows; top += turn)
        {
            var rows = Math.Min(turn, tile.Rows - top);
            var jump = top + fetched < tile.Rows ? 0 : tile.Jump;
            var near = ((fetched * tile.Distance) + jump) * TStored.Bytes;
            if (rows == RowsTogether)
            {
                GradientOfFour<TTarget, TPart>(
                    fromX,
                    fromDy,
                    into,
                    columns,
                    step,
                    next,
                    near,
                    at,
                    plane
                );
                fromX += RowsTogether * step;
                fromDy += RowsTogether * step;
                into += RowsTogether * next;
                continue;
            }

            for (; rows > 0; rows--, fromX += step, fromDy += step, into += next)
            {
                GradientOfOne<TTarget, TPart>(fromX, fromDy, into, columns, near, at, plane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientOfOne<TTarget, TPart>(
        byte* fromX,
        byte* fromDy,
        byte* into,
        int left,
        nint near,
        byte* at,
        nint plane
    )
        where TTarget : struct, ITarget
        where TPart : struct, IColumnPart
    {
        for (; left > 0; left -= Lanes)
        {
            Ahead.FetchLine(fromX + near);
            Ahead.FetchLine(fromDy + near);
            var a = Normalized(
                Part<TPart>(fromX, left),
                TPack.LoadLanes(at, 0),
                TPack.LoadLanes(at + (ColumnNumbers.Rest * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.InverseStd * plane), 0)
            );
            var result = GradientOf(
                a,
                Part<TPart>(fromDy, left),
                TPack.LoadLanes(at + (ColumnNumbers.Scale * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.MeanOfG * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.Correlation * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.Factor * plane), 0)
            );
            Store<TTarget, TPart>(result, into, left);
            at += Lanes * TPack.LaneBytes;
            fromX += Lanes * TStored.Bytes;
            fromDy += Lanes * TStored.Bytes;
            into += Lanes * TStored.Bytes;
        }
    }

    /// <summary>Four rows, for whose columns numbers are loaded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientOfFour<TTarget, TPart>(
        byte* fromX,
        byte* fromDy,
        byte* into,
        int left,
        nint step,
        nint next,
        nint near,
        byte* at,
        nint plane
    )
        where TTarget : struct, ITarget
        where TPart : struct, IColumnPart
    {
        for (; left > 0; left -= Lanes)
        {
            var mean = TPack.LoadLanes(at, 0);
            var rest = TPack.LoadLanes(at + (ColumnNumbers.Rest * plane), 0);
            var inverse = TPack.LoadLanes(at + (ColumnNumbers.InverseStd * plane), 0);
            var scale = TPack.LoadLanes(at + (ColumnNumbers.Scale * plane), 0);
            var meanOfG = TPack.LoadLanes(at + (ColumnNumbers.MeanOfG * plane), 0);
            var correlation = TPack.LoadLanes(at + (ColumnNumbers.Correlation * plane), 0);
            var factor = TPack.LoadLanes(at + (ColumnNumbers.Factor * plane), 0);
            var ofX = fromX;
            var ofDy = fromDy;
            var target = into;
            if (near != 0)
            {
                Ahead.FetchFourLines(ofX + near, step);
                Ahead.FetchFourLines(ofDy + near, step);
            }

            for (var row = 0; row < RowsTogether; row++)
            {
                var a = Normalized(Part<TPart>(ofX, left), mean, rest, inverse);
                var g = Part<TPart>(ofDy, left);
                var result = GradientOf(a, g, scale, meanOfG, correlation, factor);
                Store<TTarget, TPart>(result, target, left);
                ofX += step;
                ofDy += step;
                target += next;
            }

            at += Lanes * TPack.LaneBytes;
            fromX += Lanes * TStored.Bytes;
            fromDy += Lanes * TStored.Bytes;
            into += Lanes * TStored.Bytes;
        }
    }

    /// <summary>dx from x̂ and dy; the mean of g and the correlation are negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack GradientOf(
        TPack normalized,
        TPack dy,
        TPack scale,
        TPack meanOfG,
        TPack correlation,
        TPack factor
    ) => TPack.Fma(normalized, correlation, TPack.Fma(dy, scale, meanOfG)) * factor;
}
