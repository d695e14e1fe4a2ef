using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that write.</summary>
internal static unsafe partial class ColumnKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>Rows that are written together, for whose columns numbers are loaded once.</summary>
    private const int ApplyRows = 4;

    /// <summary>y = x̂·scale + shift, with numbers of its own for every column.</summary>
    /// <param name="to">Element of y for the first element of the tile.</param>
    /// <param name="distance">Between rows of y.</param>
    /// <param name="number">Place of the first column among the numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        var nearRows = NearRows(tile.Distance);
        for (var top = 0; top < tile.Rows; top += ApplyRows)
        {
            var near = (nearRows * tile.Distance) + (top + nearRows < tile.Rows ? 0 : tile.Jump);
            var end = Math.Min(tile.Rows, top + ApplyRows);
            for (var column = 0; column < tile.Columns; column += Lanes)
            {
                var count = Math.Min(tile.Columns - column, Lanes);
                var mean = Number(numbers, ColumnNumbers.Mean, number + column);
                var rest = Number(numbers, ColumnNumbers.Rest, number + column);
                var inverse = Number(numbers, ColumnNumbers.InverseStd, number + column);
                var scale = Number(numbers, ColumnNumbers.Scale, number + column);
                var shift = Number(numbers, ColumnNumbers.Shift, number + column);
                var i = tile.First + (top * tile.Distance) + column;
                var o = to + (top * distance) + column;
                for (var row = top; row < end; row++, i += tile.Distance, o += distance)
                {
                    Ahead.FetchLine(x + ((i + near) * TStored.Bytes));
                    var a = TPack.Fma(Part(x, i, count) - mean, inverse, rest);
                    Store<TTarget>(TPack.Fma(a, scale, shift), y, o, count);
                }
            }
        }
    }

    /// <summary>dx from x and dy, see <see cref="Slope"/>, with numbers of its own for every column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        var nearRows = NearRows(tile.Distance);
        for (var top = 0; top < tile.Rows; top += ApplyRows)
        {
            var near = (nearRows * tile.Distance) + (top + nearRows < tile.Rows ? 0 : tile.Jump);
            var end = Math.Min(tile.Rows, top + ApplyRows);
            for (var column = 0; column < tile.Columns; column += Lanes)
            {
                var count = Math.Min(tile.Columns - column, Lanes);
                var mean = Number(numbers, ColumnNumbers.Mean, number + column);
                var rest = Number(numbers, ColumnNumbers.Rest, number + column);
                var inverse = Number(numbers, ColumnNumbers.InverseStd, number + column);
                var scale = Number(numbers, ColumnNumbers.Scale, number + column);
                var meanOfG = Number(numbers, ColumnNumbers.MeanOfG, number + column);
                var correlation = Number(numbers, ColumnNumbers.Correlation, number + column);
                var factor = Number(numbers, ColumnNumbers.Factor, number + column);
                var i = tile.First + (top * tile.Distance) + column;
                var o = to + (top * distance) + column;
                for (var row = top; row < end; row++, i += tile.Distance, o += distance)
                {
                    Ahead.FetchLine(x + ((i + near) * TStored.Bytes));
                    Ahead.FetchLine(dy + ((i + near) * TStored.Bytes));
                    var a = TPack.Fma(Part(x, i, count) - mean, inverse, rest);
                    var g = TPack.Fma(Part(dy, i, count), scale, meanOfG);
                    Store<TTarget>(TPack.Fma(a, correlation, g) * factor, dx, o, count);
                }
            }
        }
    }

    /// <summary>Rows ahead that are fetched while rows are written: a page or so.</summary>
    private static nint NearRows(nint distance) =>
        Math.Max(ApplyRows, FetchedBytesOfWrite / (distance * TStored.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Number(in ColumnNumbers numbers, int kind, nint column) =>
        numbers.Load<TPack, TWide>(kind, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TTarget>(TPack pack, byte* memory, nint index, int count)
        where TTarget : struct, ITarget
    {
        if (count == Lanes)
        {
            TTarget.Store<TStored, TPack, TWide>(pack, memory, index);
        }
        else
        {
            TStored.Store<TPack, TWide>(pack, memory, index, count);
        }
    }
}
