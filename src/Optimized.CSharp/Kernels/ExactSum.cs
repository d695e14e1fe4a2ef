using System.Numerics;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σx of f32 or bf16 elements without any rounding, whatever their magnitudes: an integer for every exponent. Slow (one
/// element at a time) and for the groups alone whose magnitudes spread over more than two binary64 numbers hold.
/// </summary>
internal static unsafe class ExactSum<TStored>
    where TStored : struct, IStored
{
    private const int Exponents = 256;
    private const int FractionBits = 23;

    /// <summary>Exponent of the last place of the smallest elements.</summary>
    private const int LastPlace = -149;

    public static Extended Of(byte* x, in Stretch stretch)
    {
        // 2²⁴ times at most 2³⁹ elements fit.
        var sums = stackalloc long[Exponents];
        new Span<long>(sums, Exponents).Clear();
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            for (var i = first; i < first + stretch.Length; i++)
            {
                Add(sums, BitsOf(x, i));
            }
        }

        return Total(sums);
    }

    private static int BitsOf(byte* x, nint index) =>
        TStored.Bytes == sizeof(float) ? ((int*)x)[index] : ((ushort*)x)[index] << 16;

    private static void Add(long* sums, int bits)
    {
        var exponent = (bits >> FractionBits) & (Exponents - 1);
        var fraction = bits & ((1 << FractionBits) - 1);

        // Subnormal numbers have the exponent of the smallest normal ones.
        long magnitude = exponent == 0 ? fraction : fraction | (1 << FractionBits);
        sums[Math.Max(exponent, 1)] += bits < 0 ? -magnitude : magnitude;
    }

    private static Extended Total(long* sums)
    {
        var total = BigInteger.Zero;
        for (var exponent = Exponents - 1; exponent > 0; exponent--)
        {
            total = (total << 1) + sums[exponent];
        }

        var head = (double)total;
        var rest = (double)(total - new BigInteger(head));
        return Extended.OfSum(Math.ScaleB(head, LastPlace), Math.ScaleB(rest, LastPlace));
    }
}
