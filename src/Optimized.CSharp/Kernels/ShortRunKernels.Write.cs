using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that write.</summary>
internal static unsafe partial class ShortRunKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>Rows that are written together, for whose columns numbers are loaded once.</summary>
    private const int WrittenRows = 4;

    /// <summary>y = x̂·scale + shift, with numbers of its own for every column.</summary>
    /// <param name="to">Element of y for the first element of the tile.</param>
    /// <param name="distance">Between rows of y.</param>
    public static void Apply(
        byte* x,
        in Tile tile,
        byte* y,
        nint to,
        nint distance,
        in ColumnNumbers numbers
    )
    {
        Apply<WholePacks>(x, tile, y, to, distance, numbers);
        if (tile.Columns % Lanes != 0)
        {
            Apply<PartOfLastPack>(x, tile, y, to, distance, numbers);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Apply<TPart>(
        byte* x,
        in Tile tile,
        byte* y,
        nint to,
        nint distance,
        in ColumnNumbers numbers
    )
        where TPart : struct, IColumnPart
    {
        for (var top = 0; top < tile.Rows; top += WrittenRows)
        {
            var rows = Math.Min(tile.Rows - top, WrittenRows);
            for (var column = FirstOf<TPart>(tile); column < EndOf<TPart>(tile); column += Lanes)
            {
                var count = tile.Columns - column;
                var mean = Number(numbers, ColumnNumbers.Mean, column);
                var rest = Number(numbers, ColumnNumbers.Rest, column);
                var inverse = Number(numbers, ColumnNumbers.InverseStd, column);
                var scale = Number(numbers, ColumnNumbers.Scale, column);
                var shift = Number(numbers, ColumnNumbers.Shift, column);
                var i = tile.First + (top * tile.Distance) + column;
                var o = to + (top * distance) + column;
                for (var row = 0; row < rows; row++, i += tile.Distance, o += distance)
                {
                    var a = TPack.Fma(Part<TPart>(x, i, count) - mean, inverse, rest);
                    Store<TPart>(TPack.Fma(a, scale, shift), y, o, count);
                }
            }
        }
    }

    /// <summary>dx from x and dy, see <see cref="Slope"/>, with numbers of its own for every column.</summary>
    public static void Gradient(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* dx,
        nint to,
        nint distance,
        in ColumnNumbers numbers
    )
    {
        Gradient<WholePacks>(x, dy, tile, dx, to, distance, numbers);
        if (tile.Columns % Lanes != 0)
        {
            Gradient<PartOfLastPack>(x, dy, tile, dx, to, distance, numbers);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Gradient<TPart>(
        byte* x,
        byte* dy,
        in Tile tile,
        byte* dx,
        nint to,
        nint distance,
        in ColumnNumbers numbers
    )
        where TPart : struct, IColumnPart
    {
        for (var top = 0; top < tile.Rows; top += WrittenRows)
        {
            var rows = Math.Min(tile.Rows - top, WrittenRows);
            for (var column = FirstOf<TPart>(tile); column < EndOf<TPart>(tile); column += Lanes)
            {
                var count = tile.Columns - column;
                var mean = Number(numbers, ColumnNumbers.Mean, column);
                var rest = Number(numbers, ColumnNumbers.Rest, column);
                var inverse = Number(numbers, ColumnNumbers.InverseStd, column);
                var scale = Number(numbers, ColumnNumbers.Scale, column);
                var meanOfG = Number(numbers, ColumnNumbers.MeanOfG, column);
                var correlation = Number(numbers, ColumnNumbers.Correlation, column);
                var factor = Number(numbers, ColumnNumbers.Factor, column);
                var i = tile.First + (top * tile.Distance) + column;
                var o = to + (top * distance) + column;
                for (var row = 0; row < rows; row++, i += tile.Distance, o += distance)
                {
                    var a = TPack.Fma(Part<TPart>(x, i, count) - mean, inverse, rest);
                    var g = TPack.Fma(Part<TPart>(dy, i, count), scale, meanOfG);
                    Store<TPart>(TPack.Fma(a, correlation, g) * factor, dx, o, count);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Number(in ColumnNumbers numbers, int kind, nint column) =>
        numbers.Load<TPack, TWide>(kind, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TPart>(TPack pack, byte* memory, nint index, int count)
        where TPart : struct, IColumnPart
    {
        if (TPart.IsWhole)
        {
            TStored.Store<TPack, TWide>(pack, memory, index);
        }
        else
        {
            TStored.Store<TPack, TWide>(pack, memory, index, count);
        }
    }
}
