using System.Numerics;

namespace NormCheck.Optimized.Scalar.Rows;

/// <summary>
/// Adds up rows element by element, as a balanced tree over the rows (like a binary counter: level k holds the sum of
/// 2ᵏ rows or nothing). With R rows every term passes through at most ⌈log₂ R⌉ additions.
/// </summary>
internal sealed class RowTree<T>(int length)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<T[]> _levels = [];
    private readonly T[] _carry = new T[length];
    private uint _rows;

    public void Clear() => _rows = 0;

    public void Add(ReadOnlySpan<T> row)
    {
        row.CopyTo(_carry);
        var level = 0;
        for (; ((_rows >> level) & 1) != 0; level++)
        {
            ScalarRow<T>.Add(_levels[level], _carry, _carry);
        }

        if (level == _levels.Count)
        {
            _levels.Add(new T[length]);
        }

        _carry.CopyTo(_levels[level], 0);
        _rows++;
    }

    /// <summary>Writes the sum of all rows.</summary>
    public void Total(Span<T> total)
    {
        total.Clear();
        var first = true;
        for (var level = 0; level < _levels.Count; level++)
        {
            if (((_rows >> level) & 1) == 0)
            {
                continue;
            }

            if (first)
            {
                _levels[level].CopyTo(total);
                first = false;
            }
            else
            {
                ScalarRow<T>.Add(_levels[level], total, total);
            }
        }
    }
}
