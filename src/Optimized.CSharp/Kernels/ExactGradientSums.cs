using System.Numerics;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σg and Σg(x − μ) of a group without any rounding but the last one: whole numbers for every exponent, of γ·dy, of γ·dy·x and
/// of x, since Σg(x − μ) = (m·Σgx − Σx·Σg)/m. Slow, as <see cref="ExactSum{TStored}"/>, and for groups alone for which twice
/// the digits do not do.
/// </summary>
internal sealed unsafe class ExactGradientSums<TStored>
    where TStored : struct, IStored
{
    private const int Exponents = 256;
    private const int FractionBits = 23;

    /// <summary>Exponent of the last place of the smallest elements.</summary>
    private const int LastPlace = -149;

    // Of three factors of 24 bits, and 2³¹ elements: 103 bits.
    private readonly Int128[] _x = new Int128[Exponents];
    private readonly Int128[] _g = new Int128[2 * Exponents];
    private readonly Int128[] _products = new Int128[3 * Exponents];

    public void Add(byte* x, byte* dy, in GradientPart part)
    {
        var stretch = part.Stretch;
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            for (var i = 0; i < stretch.Length; i++)
            {
                var gamma = part.Gamma is null
                    ? part.Scale
                    : TStored.ReadParameter(part.Gamma, part.Parameter + i);
                Add(Read(x, first + i), Read(dy, first + i), gamma);
            }
        }
    }

    /// <param name="isCentred">Else μ is 0.</param>
    /// <param name="products">Σg(x − μ).</param>
    public void Total(bool isCentred, int count, out Extended sum, out Extended products)
    {
        var sumOfG = Total(_g);
        var crossed = count * Total(_products);
        if (isCentred)
        {
            crossed -= Total(_x) * sumOfG;
        }

        sum = Rounded(sumOfG, 2 * LastPlace);
        products = Rounded(crossed, 3 * LastPlace) / count;
    }

    private void Add(double x, double dy, double gamma)
    {
        var (ofX, exponentOfX) = Split(x);
        var (ofDy, exponentOfDy) = Split(dy);
        var (ofGamma, exponentOfGamma) = Split(gamma);
        var g = ofDy * ofGamma;
        var exponent = exponentOfDy + exponentOfGamma;
        _x[exponentOfX] += ofX;
        _g[exponent] += g;
        _products[exponent + exponentOfX] += (Int128)g * ofX;
    }

    private static double Read(byte* memory, nint index) =>
        DoubleScalar.Sum(TStored.Load<DoubleScalar, DoubleScalar>(memory, index));

    /// <summary>A binary32 number as a whole number times 2 to the exponent, counted from the last place of the smallest.</summary>
    private static (long Significand, int Exponent) Split(double value)
    {
        var bits = BitConverter.SingleToInt32Bits((float)value);
        var exponent = (bits >> FractionBits) & (Exponents - 1);
        var fraction = bits & ((1 << FractionBits) - 1);

        // Subnormal numbers have the exponent of the smallest normal ones.
        long magnitude = exponent == 0 ? fraction : fraction | (1 << FractionBits);
        return (bits < 0 ? -magnitude : magnitude, Math.Max(exponent, 1) - 1);
    }

    private static BigInteger Total(Int128[] sums)
    {
        var total = BigInteger.Zero;
        for (var exponent = sums.Length - 1; exponent >= 0; exponent--)
        {
            total = (total << 1) + sums[exponent];
        }

        return total;
    }

    private static Extended Rounded(BigInteger value, int lastPlace)
    {
        var head = (double)value;
        var rest = (double)(value - new BigInteger(head));
        return Extended.OfSum(Math.ScaleB(head, lastPlace), Math.ScaleB(rest, lastPlace));
    }
}
