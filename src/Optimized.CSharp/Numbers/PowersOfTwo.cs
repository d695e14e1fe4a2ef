namespace NormCheck.Optimized.Numbers;

/// <summary>Powers of two near a number: multiplying by one is exact unless the result leaves the range.</summary>
internal static class PowersOfTwo
{
    /// <summary>The largest one that is not above a positive number; 1 for 0 and what is not finite.</summary>
    public static double Below(double value) =>
        value > 0 && double.IsFinite(value) ? Math.ScaleB(1, Math.ILogB(value)) : 1;

    /// <summary>
    /// One within a factor of 2 of √(a/b), for positive numbers; 1 where b is not finite.
    /// </summary>
    public static double NearRoot(double a, double b) =>
        double.IsFinite(b) ? Math.ScaleB(1, (Math.ILogB(a) - Math.ILogB(b)) >> 1) : 1;
}
