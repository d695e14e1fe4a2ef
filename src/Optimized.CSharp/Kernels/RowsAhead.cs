using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Fetches the next turn of a tile while one is summed. Sums go down one pack of columns after the other, so a hardware
/// prefetcher sees no order in what they read; memory is fastest where it is read line by line. So lines are fetched as they
/// lie in memory, four for every four that are summed, where the rows of a tile follow each other; otherwise those that
/// are next in the same columns.
/// </summary>
internal unsafe struct RowsAhead<TStored>
    where TStored : struct, IStored
{
    private readonly nint _turn;
    private readonly nint _unit;
    private readonly bool _isInOrder;
    private nint _at;

    public RowsAhead(in Tile tile)
    {
        _isInOrder = tile.Columns == tile.Distance && tile.Columns % PackSizes.Lanes == 0;
        _turn = tile.RowsOfTurn * tile.Distance * TStored.Bytes;
        _unit = (_isInOrder ? PackSizes.Lanes : tile.Distance) * TStored.Bytes;
    }

    /// <param name="offset">Bytes to where a turn begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginTurn(nint offset) => _at = offset + _turn;

    /// <param name="offset">Bytes to where a pack of columns begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginColumns(nint offset)
    {
        if (!_isInOrder)
        {
            _at = offset + _turn;
        }
    }

    /// <summary>For four rows of one tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FetchFour(byte* x)
    {
        Ahead.FetchFourLines(x + _at, _unit);
        _at += 4 * _unit;
    }

    /// <summary>For four rows of two tensors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FetchFour(byte* x, byte* dy)
    {
        Ahead.FetchFourLines(x + _at, _unit);
        Ahead.FetchFourLines(dy + _at, _unit);
        _at += 4 * _unit;
    }

    /// <summary>For one row of two tensors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FetchOne(byte* x, byte* dy)
    {
        Ahead.FetchLine(x + _at);
        Ahead.FetchLine(dy + _at);
        _at += _unit;
    }
}
