using System.Runtime.CompilerServices;

namespace NormCheck.Optimized.Numbers;

/// <summary>
/// An unevaluated sum of two binary64 numbers: sums that keep what rounding drops, and means that are not rounded
/// (Dekker 1971; Knuth's TwoSum). Once a value is infinite or NaN its second part is 0.
/// </summary>
internal readonly record struct Extended(double Hi, double Lo)
{
    public static Extended Zero => default;

    public double Value => Hi + Lo;

    /// <summary>a + b without error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Extended OfSum(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        var lost = a - (sum - part) + (b - part);
        return new(sum, double.IsFinite(sum) ? lost : 0);
    }

    /// <summary>a·b without error.</summary>
    public static Extended OfProduct(double a, double b)
    {
        var product = a * b;
        return double.IsFinite(product)
            ? new(product, Math.FusedMultiplyAdd(a, b, -product))
            : new(product, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Extended operator +(Extended a, double b)
    {
        var sum = OfSum(a.Hi, b);
        return Renormalized(sum.Hi, a.Lo + sum.Lo);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Extended operator +(Extended a, Extended b)
    {
        // After a cancellation the second part may be the larger one.
        var sum = OfSum(a.Hi, b.Hi);
        return OfSum(sum.Hi, sum.Lo + (a.Lo + b.Lo));
    }

    /// <summary>a/n, the second part being what the first one lacks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Extended operator /(Extended a, double n)
    {
        var quotient = a.Hi / n;
        if (!double.IsFinite(quotient))
        {
            return new(quotient, 0);
        }

        var rest = Math.FusedMultiplyAdd(-quotient, n, a.Hi) + a.Lo;
        return Renormalized(quotient, rest / n);
    }

    /// <summary>This minus a plain number, as a plain number: exact where both are close.</summary>
    public double Minus(double b) => Hi - b + Lo;

    /// <summary>The same value as the nearest binary32 number and the rest of it, for kernels that compute in binary32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Extended SplitForSingle()
    {
        var head = (double)(float)Hi;
        return double.IsFinite(head) ? new(head, Hi - head + Lo) : new(head, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Extended Renormalized(double hi, double lo)
    {
        var sum = hi + lo;
        return double.IsFinite(sum) ? new(sum, lo - (sum - hi)) : new(sum, 0);
    }
}
