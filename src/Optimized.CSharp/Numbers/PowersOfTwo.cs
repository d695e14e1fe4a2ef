using System.Runtime.CompilerServices;

namespace NormCheck.Optimized.Numbers;

/// <summary>Powers of two near a number: multiplying by one is exact unless the result leaves the range.</summary>
internal static class PowersOfTwo
{
    /// <summary>2^-1022.</summary>
    private const double SmallestNormal = 2.2250738585072014e-308;
    private const ulong ExponentBits = 0x7FF0_0000_0000_0000;

    /// <summary>The largest one that is not above a positive number; 1 for 0 and what is not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Below(double value) =>
        value >= SmallestNormal && value <= double.MaxValue
            ? BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(value) & ExponentBits)
            : BelowRare(value);

    /// <summary>The same for subnormal numbers, 0, ∞ and NaN.</summary>
    private static double BelowRare(double value) =>
        value > 0 && double.IsFinite(value) ? Math.ScaleB(1, Math.ILogB(value)) : 1;

    /// <summary>
    /// One within a factor of 2 of √(a/b), for positive numbers; 1 where b is not finite.
    /// </summary>
    public static double NearRoot(double a, double b) =>
        double.IsFinite(b) ? Math.ScaleB(1, (Math.ILogB(a) - Math.ILogB(b)) >> 1) : 1;
}
