using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>Sums from the last term to the first.</summary>
internal sealed class ReverseRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        var sum = T.Zero;
        for (var i = terms.Length - 1; i >= 0; i--)
        {
            sum += terms[i];
        }

        return sum;
    }
}

/// <summary>Sums as a balanced tree down to single terms.</summary>
internal sealed class PairwiseRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        if (terms.Length <= 4)
        {
            // The last levels of the tree, without the calls.
            return terms.Length switch
            {
                0 => T.Zero,
                1 => terms[0],
                2 => terms[0] + terms[1],
                3 => terms[0] + (terms[1] + terms[2]),
                _ => (terms[0] + terms[1]) + (terms[2] + terms[3]),
            };
        }

        var half = terms.Length / 2;
        return Sum(terms[..half]) + Sum(terms[half..]);
    }
}

/// <summary>Sums of 64 terms each, then the sum of those.</summary>
internal sealed class BlockedRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 64;

    public override T Sum(ReadOnlySpan<T> terms)
    {
        var total = T.Zero;
        for (var first = 0; first < terms.Length; first += Block)
        {
            total += base.Sum(terms.Slice(first, Math.Min(Block, terms.Length - first)));
        }

        return total;
    }
}

/// <summary>Several partial sums side by side, as vector code has them; term i goes to lane i mod lanes.</summary>
internal class LanesRecipe<T>(int lanes) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected int Lanes => lanes;

    public override T Sum(ReadOnlySpan<T> terms)
    {
        Span<T> sums = stackalloc T[lanes];
        sums.Clear();
        for (; terms.Length >= sums.Length; terms = terms[sums.Length..])
        {
            for (var lane = 0; lane < sums.Length; lane++)
            {
                sums[lane] += terms[lane];
            }
        }

        for (var lane = 0; lane < terms.Length; lane++)
        {
            sums[lane] += terms[lane];
        }

        return base.Sum(sums);
    }
}

/// <summary>
/// Eight partial sums after as many single terms as the group's place asks for, as vector code has them that begins at an
/// aligned address: the same numbers in another place are summed in another order.
/// </summary>
internal sealed class PeeledRecipe<T>() : LanesRecipe<T>(8)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int _peeled;

    public override void Enter(int group) => _peeled = group % 3;

    public override T Sum(ReadOnlySpan<T> terms)
    {
        var peeled = Math.Min(_peeled, terms.Length);
        var head = T.Zero;
        foreach (var term in terms[..peeled])
        {
            head += term;
        }

        return head + base.Sum(terms[peeled..]);
    }
}

/// <summary>Sums in an order drawn once for every length.</summary>
internal sealed class ShuffledRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<int, int[]> _orders = [];

    public override T Sum(ReadOnlySpan<T> terms)
    {
        var sum = T.Zero;
        foreach (var i in Order(terms.Length))
        {
            sum += terms[i];
        }

        return sum;
    }

    private int[] Order(int count)
    {
        if (!_orders.TryGetValue(count, out var order))
        {
            order = [.. Enumerable.Range(0, count)];
            new Random(count).Shuffle(order);
            _orders[count] = order;
        }

        return order;
    }
}

/// <summary>Sums from the smallest to the largest magnitude.</summary>
internal sealed class SortedRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        return typeof(T) == typeof(float)
            ? T.CreateTruncating(OfSingles(MemoryMarshal.Cast<T, uint>(terms)))
            : T.CreateTruncating(OfDoubles(MemoryMarshal.Cast<T, ulong>(terms)));
    }

    // Without its sign bit a number's pattern is in the order of its magnitude. Equal magnitudes keep an order that does
    // not see signs either: −x must sum to the very negative.
    private static float OfSingles(ReadOnlySpan<uint> bits)
    {
        var rented = ArrayPool<uint>.Shared.Rent(2 * bits.Length);
        var keys = rented.AsSpan(0, bits.Length);
        var terms = rented.AsSpan(bits.Length, bits.Length);
        bits.CopyTo(terms);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = bits[i] & (uint.MaxValue >> 1);
        }

        keys.Sort(terms);
        float sum = 0;
        foreach (var term in terms)
        {
            sum += BitConverter.UInt32BitsToSingle(term);
        }

        ArrayPool<uint>.Shared.Return(rented);
        return sum;
    }

    private static double OfDoubles(ReadOnlySpan<ulong> bits)
    {
        var rented = ArrayPool<ulong>.Shared.Rent(2 * bits.Length);
        var keys = rented.AsSpan(0, bits.Length);
        var terms = rented.AsSpan(bits.Length, bits.Length);
        bits.CopyTo(terms);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = bits[i] & (ulong.MaxValue >> 1);
        }

        keys.Sort(terms);
        double sum = 0;
        foreach (var term in terms)
        {
            sum += BitConverter.UInt64BitsToDouble(term);
        }

        ArrayPool<ulong>.Shared.Return(rented);
        return sum;
    }
}
