using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that write.</summary>
internal static unsafe partial class ColumnKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>Rows that are written together, for whose columns numbers are loaded once.</summary>
    private const int RowsTogether = 4;

    /// <summary>How far ahead writes fetch: a page.</summary>
    private const int FetchedBytes = 4096;

    /// <summary>y = x̂·scale + shift, with numbers of its own for every column.</summary>
    /// <param name="to">Element of y for the first element of the tile.</param>
    /// <param name="distance">Between rows of y.</param>
    /// <param name="number">Place of the first column among the numbers.</param>
    public static void Apply<TTarget>(
        byte* x,
        in Tile tile,
        byte* y,
        nint to,
        nint distance,
        in ColumnNumbers numbers,
        nint number
    )
        where TTarget : struct, ITarget
    {
        Apply<TTarget, WholePacks>(x, tile, y, to, distance, numbers, number);
        if (tile.Columns % Lanes != 0)
        {
            Apply<TTarget, PartOfLastPack>(x, tile, y, to, distance, numbers, number);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Apply<TTarget, TPart>(
        byte* x,
        in Tile tile,
        byte* y,
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
        var from = x + ((tile.First + first) * TStored.Bytes);
        var into = y + ((to + first) * TStored.Bytes);
        for (var top = 0; top < tile.Rows; top += turn)
        {
            var rows = Math.Min(turn, tile.Rows - top);
            var jump = top + fetched < tile.Rows ? 0 : tile.Jump;
            var near = ((fetched * tile.Distance) + jump) * TStored.Bytes;
            if (rows == RowsTogether)
            {
                ApplyFour<TTarget, TPart>(from, into, columns, step, next, near, at, plane);
                from += RowsTogether * step;
                into += RowsTogether * next;
                continue;
            }

            for (; rows > 0; rows--, from += step, into += next)
            {
                ApplyOne<TTarget, TPart>(from, into, columns, near, at, plane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ApplyOne<TTarget, TPart>(
        byte* from,
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
            Ahead.FetchLine(from + near);
            var y = Applied(
                Part<TPart>(from, left),
                TPack.LoadLanes(at, 0),
                TPack.LoadLanes(at + (ColumnNumbers.Rest * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.InverseStd * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.Scale * plane), 0),
                TPack.LoadLanes(at + (ColumnNumbers.Shift * plane), 0)
            );
            Store<TTarget, TPart>(y, into, left);
            at += Lanes * TPack.LaneBytes;
            from += Lanes * TStored.Bytes;
            into += Lanes * TStored.Bytes;
        }
    }

    /// <summary>Four rows, for whose columns numbers are loaded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ApplyFour<TTarget, TPart>(
        byte* from,
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
            var shift = TPack.LoadLanes(at + (ColumnNumbers.Shift * plane), 0);
            var source = from;
            var target = into;
            if (near != 0)
            {
                Ahead.FetchFourLines(source + near, step);
            }

            for (var row = 0; row < RowsTogether; row++)
            {
                var y = Applied(Part<TPart>(source, left), mean, rest, inverse, scale, shift);
                Store<TTarget, TPart>(y, target, left);
                source += step;
                target += next;
            }

            at += Lanes * TPack.LaneBytes;
            from += Lanes * TStored.Bytes;
            into += Lanes * TStored.Bytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Applied(
        TPack x,
        TPack mean,
        TPack rest,
        TPack inverse,
        TPack scale,
        TPack shift
    ) => TPack.Fma(Normalized(x, mean, rest, inverse), scale, shift);

    /// <summary>x̂, see <see cref="Centre"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Normalized(TPack x, TPack mean, TPack rest, TPack inverse) =>
        TPack.Fma(x - mean, inverse, rest);

    /// <summary>Memory likes to be read and written in order: past the caches it is one row after the other.</summary>
    private static int RowsOfWrite<TTarget>()
        where TTarget : struct, ITarget => TTarget.IsPastCaches ? 1 : RowsTogether;

    /// <summary>How many rows ahead of a row is fetched while it is written.</summary>
    private static int RowsToFetch(in Tile tile, int turn) =>
        tile.IsInCache ? 0 : (int)Math.Max(turn, FetchedBytes / (tile.Distance * TStored.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Part<TPart>(byte* memory, int left)
        where TPart : struct, IColumnPart =>
        ColumnPacks<TPack, TWide, TStored>.At<TPart>(memory, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TTarget, TPart>(TPack pack, byte* memory, int count)
        where TTarget : struct, ITarget
        where TPart : struct, IColumnPart
    {
        if (TPart.IsWhole)
        {
            TTarget.Store<TStored, TPack, TWide>(pack, memory, 0);
        }
        else
        {
            TStored.Store<TPack, TWide>(pack, memory, 0, count);
        }
    }
}
