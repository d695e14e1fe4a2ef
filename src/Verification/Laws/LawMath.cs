namespace NormCheck.Verification.Laws;

/// <summary>The arithmetic of laws themselves, with what it may lose.</summary>
internal static class LawMath
{
    /// <summary>
    /// A few roundings of binary64 on top of each other: 2⁻⁵⁰ of everything that was added up. NaN and ∞ allow for nothing:
    /// where they may stand, a bound says so.
    /// </summary>
    public static double Rounding(params ReadOnlySpan<double> terms)
    {
        double total = 0;
        foreach (var term in terms)
        {
            total += double.IsFinite(term) ? Math.Abs(term) : 0;
        }

        return Math.ScaleB(total, -50) + double.Epsilon;
    }

    /// <summary>A share of a bound; none of it is nothing, of ∞ too.</summary>
    public static double Share(double weight, double bound) => weight == 0 ? 0 : weight * bound;
}

/// <summary>Two ends with a number between them; arithmetic widens them by its own rounding.</summary>
internal readonly record struct Enclosure(double Low, double High)
{
    public bool IsKnown => double.IsFinite(Low) && double.IsFinite(High);

    public static Enclosure Around(double value, double bound) =>
        Wide(value - bound, value + bound);

    public static Enclosure operator +(Enclosure left, Enclosure right) =>
        Wide(left.Low + right.Low, left.High + right.High);

    public static Enclosure operator -(Enclosure left, Enclosure right) =>
        Wide(left.Low - right.High, left.High - right.Low);

    /// <summary>For a factor that is not negative.</summary>
    public static Enclosure operator *(double factor, Enclosure right) =>
        Wide(factor * right.Low, factor * right.High);

    public Enclosure Squared() =>
        Low <= 0 && High >= 0
            ? Wide(0, Math.Max(Low * Low, High * High))
            : Wide(Math.Min(Low * Low, High * High), Math.Max(Low * Low, High * High));

    /// <summary>
    /// 1/s² of a positive s; unknown where s may be 0. Inverted first: s² leaves the range where 1/s² is only subnormal.
    /// </summary>
    public Enclosure InverseSquare()
    {
        var (low, high) = (1 / High, 1 / Low);
        return Low > 0 ? Wide(low * low, high * high) : new(double.NaN, double.NaN);
    }

    public Enclosure Root() =>
        Low >= 0 ? Wide(Math.Sqrt(Low), Math.Sqrt(High)) : new(double.NaN, double.NaN);

    public double Middle => (Low / 2) + (High / 2);

    public double Radius => (High - Low) / 2 + LawMath.Rounding(Low, High);

    public bool Meets(Enclosure other) => Low <= other.High && other.Low <= High;

    private static Enclosure Wide(double low, double high) =>
        new(low - LawMath.Rounding(low), high + LawMath.Rounding(high));
}
