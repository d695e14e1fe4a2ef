using System.Globalization;
using System.Numerics;

namespace NormCheck.Golden;

/// <summary>
/// Exact rational numbers: the arithmetic in which worked examples are derived, independent of the reference's. Roots are
/// the only operation that rounds, at a relative error of 10⁻⁶⁰.
/// </summary>
internal readonly record struct Rational
{
    private const int RootDigits = 60;

    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            throw new DivideByZeroException("a rational with denominator 0");
        }

        var common = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        Numerator = numerator / common;
        Denominator = denominator / common;
    }

    public BigInteger Numerator { get; }

    public BigInteger Denominator { get; }

    public static implicit operator Rational(int value) => new(value, 1);

    /// <summary>The number that a binary64 is, not the decimal that it was written as.</summary>
    public static Rational Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var biased = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFFL) | (biased == 0 ? 0 : 1L << 52);
        var exponent = Math.Max(biased, 1) - 1075;
        mantissa = bits < 0 ? -mantissa : mantissa;
        return exponent >= 0
            ? new(mantissa << exponent, 1)
            : new(mantissa, BigInteger.One << -exponent);
    }

    /// <summary>The number that a decimal is: 0.1 is 1/10.</summary>
    public static Rational Parse(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : text.Length - point - 1;
        return new(
            BigInteger.Parse(
                text.Replace(".", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture
            ),
            BigInteger.Pow(10, digits)
        );
    }

    public static Rational Sum(IEnumerable<Rational> terms) =>
        terms.Aggregate((Rational)0, (sum, term) => sum + term);

    public static Rational operator +(Rational a, Rational b) =>
        new(
            (a.Numerator * b.Denominator) + (b.Numerator * a.Denominator),
            a.Denominator * b.Denominator
        );

    public static Rational operator -(Rational a) => new(-a.Numerator, a.Denominator);

    public static Rational operator -(Rational a, Rational b) => a + -b;

    public static Rational operator *(Rational a, Rational b) =>
        new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) =>
        new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static bool operator <(Rational a, Rational b) => (a - b).Numerator.Sign < 0;

    public static bool operator >(Rational a, Rational b) => b < a;

    public static Rational Max(Rational a, Rational b) => a < b ? b : a;

    public static Rational Min(Rational a, Rational b) => a < b ? a : b;

    public Rational Square() => this * this;

    public Rational Abs() => Numerator.Sign < 0 ? -this : this;

    /// <summary>√, exact where the number is a square of a rational.</summary>
    public Rational Root()
    {
        var (top, bottom) = (WholeRoot(Numerator), WholeRoot(Denominator));
        if (top * top == Numerator && bottom * bottom == Denominator)
        {
            return new(top, bottom);
        }

        // √(n/d) = √(n·d)/d; scaled so that the whole root has the digits wanted.
        var scale = BigInteger.Pow(10, RootDigits);
        return new(WholeRoot(Numerator * Denominator * scale * scale), Denominator * scale);
    }

    public double ToDouble()
    {
        // A quotient of 80 bits, then one rounding (to odd before it, so that there is no second one).
        if (Numerator.IsZero)
        {
            return 0;
        }

        var shift =
            80 - (int)(BigInteger.Abs(Numerator).GetBitLength() - Denominator.GetBitLength());
        var (top, bottom) =
            shift >= 0 ? (Numerator << shift, Denominator) : (Numerator, Denominator << -shift);
        var quotient = BigInteger.DivRem(BigInteger.Abs(top), bottom, out var rest);
        quotient |= rest.IsZero ? 0 : 1;

        // BigInteger → double truncates: round to nearest, ties to even, here.
        var excess = (int)quotient.GetBitLength() - 53;
        var kept = quotient >> excess;
        var tail = quotient - (kept << excess);
        var half = BigInteger.One << (excess - 1);
        kept += tail > half || (tail == half && !kept.IsEven) ? 1 : 0;
        return Numerator.Sign * Math.ScaleB((double)kept, excess - shift);
    }

    /// <summary>−log₁₀|this|; ∞ for 0.</summary>
    public double Digits() =>
        Numerator.IsZero
            ? double.PositiveInfinity
            : BigInteger.Log10(Denominator) - BigInteger.Log10(BigInteger.Abs(Numerator));

    public override string ToString() => $"{Numerator}/{Denominator}";

    /// <summary>⌊√n⌋ by Newton's method from above.</summary>
    private static BigInteger WholeRoot(BigInteger n)
    {
        if (n.Sign < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(n), "expected a number of at least 0");
        }

        var root = BigInteger.One << (int)((n.GetBitLength() / 2) + 1);
        while (true)
        {
            var next = (root + (n / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}
