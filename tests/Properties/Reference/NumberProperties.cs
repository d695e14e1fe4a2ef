using System.Numerics;
using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Reference;

public class NumberProperties
{
    private static double AnyFloat(SeededRandom random) =>
        (random.Chance(0.5) ? 1 : -1) * Math.ScaleB(1 + random.Uniform(), random.Below(600) - 300);

    private static DoubleDouble AnyDoubleDouble(SeededRandom random)
    {
        var high = AnyFloat(random);
        return DoubleDouble.OfFloat(high)
            + DoubleDouble.OfFloat(high * Math.ScaleB(random.Uniform() - 0.5, -53));
    }

    private static double RelativeGap(BigFloat expected, DoubleDouble actual)
    {
        var difference = BigFloat.OfDoubleDouble(actual) - expected;
        return Math.Abs((difference / expected).ToFloat());
    }

    [Fact]
    public void Double_double_operations_are_good_to_2_to_the_minus_102()
    {
        var limit = Math.ScaleB(1, -102);
        for (var i = 0UL; i < 20_000; i++)
        {
            var random = SeededRandom.For(7, i);
            var a = AnyDoubleDouble(random);
            var b = random.Chance(0.3)
                ? -a
                    + (
                        DoubleDouble.OfFloat(a.Hi)
                        * DoubleDouble.OfFloat(Math.ScaleB(random.Uniform(), -random.Below(60)))
                    )
                : AnyDoubleDouble(random);
            var (bigA, bigB) = (BigFloat.OfDoubleDouble(a), BigFloat.OfDoubleDouble(b));
            var sum = bigA + bigB;
            if (sum.ToFloat() != 0)
            {
                Assert.InRange(RelativeGap(sum, a + b), 0, limit);
            }

            Assert.InRange(RelativeGap(bigA * bigB, a * b), 0, limit);
            Assert.InRange(RelativeGap(bigA / bigB, a / b), 0, limit);
            if (a.Hi > 0)
            {
                Assert.InRange(RelativeGap(BigFloat.Sqrt(bigA), DoubleDouble.Sqrt(a)), 0, limit);
            }
        }
    }

    [Fact]
    public void Big_float_agrees_with_whole_number_arithmetic()
    {
        for (var i = 0UL; i < 5_000; i++)
        {
            var random = SeededRandom.For(11, i);
            var (a, b) = ((long)(random.Bits() >> 12), (long)(random.Bits() >> 12) + 1);
            BigFloat Of(BigInteger n) =>
                BigFloat.OfFloat((double)(n >> 52)) * BigFloat.OfFloat(Math.ScaleB(1, 52))
                + BigFloat.OfFloat((double)(n & ((BigInteger.One << 52) - 1)));
            Assert.Equal(Of((BigInteger)a * b), BigFloat.OfFloat(a) * BigFloat.OfFloat(b));
            Assert.Equal(Of((BigInteger)a + b), BigFloat.OfFloat(a) + BigFloat.OfFloat(b));
            Assert.Equal(Of((BigInteger)a - b), BigFloat.OfFloat(a) - BigFloat.OfFloat(b));
            // A quotient times its divisor, and a root squared, come back to within the last of 320 bits.
            var quotient = BigFloat.OfFloat(a) / BigFloat.OfFloat(b);
            AssertClose(BigFloat.OfFloat(a), quotient * BigFloat.OfFloat(b), -316);
            var root = BigFloat.Sqrt(BigFloat.OfFloat(b));
            AssertClose(BigFloat.OfFloat(b), root * root, -316);
        }
    }

    private static void AssertClose(BigFloat expected, BigFloat actual, int bits)
    {
        var scale = Math.Max(Math.Abs(expected.ToFloat()), double.Epsilon);
        Assert.InRange(Math.Abs((actual - expected).ToFloat()) / scale, 0, Math.ScaleB(1, bits));
    }

    [Fact]
    public void Big_float_rounds_to_binary64_as_the_machine_does()
    {
        for (var i = 0UL; i < 20_000; i++)
        {
            var random = SeededRandom.For(13, i);
            var a = BitConverter.UInt64BitsToDouble(random.Bits());
            var b = random.Chance(0.5)
                ? BitConverter.UInt64BitsToDouble(random.Bits())
                : AnyFloat(random);
            if (!double.IsFinite(a) || !double.IsFinite(b) || b == 0)
            {
                continue;
            }

            Assert.Equal(a, BigFloat.OfFloat(a).ToFloat());
            Assert.Equal(a + b, (BigFloat.OfFloat(a) + BigFloat.OfFloat(b)).ToFloat());
            Assert.Equal(a * b, (BigFloat.OfFloat(a) * BigFloat.OfFloat(b)).ToFloat());
            Assert.Equal(a / b, (BigFloat.OfFloat(a) / BigFloat.OfFloat(b)).ToFloat());
        }
    }

    /// <summary>κ up to 2²⁴: an offset of 2²⁴ σ; the scale of an output is its largest element or term.</summary>
    [Fact]
    public void Double_double_agrees_with_320_bits_to_2_to_the_minus_70_of_the_outputs_scale()
    {
        var selection = new CaseSelection { DTypes = [DType.F32, DType.F64], Strides = true };
        var offsets = new[] { 1.0, 1e3, 1 << 20, 1 << 24 };
        Run.ForCases(
            300,
            selection,
            @case =>
            {
                var offset = offsets[(int)(@case.Seed % 4)];
                var conditioned = @case with { Data = DataSpec.Of("offset", offset) };
                var inputs = CaseData.Build(conditioned);
                var terms = NormCheck.Reference.Reference.LargestTerms(conditioned.Problem, inputs);
                var fine = NormCheck.Reference.Reference.BigFloat(conditioned.Problem, inputs);
                foreach (
                    var (role, values) in NormCheck.Reference.Reference.DoubleDouble(
                        conditioned.Problem,
                        inputs
                    )
                )
                {
                    // Where terms cancel (a gradient of two elements does so wholly) the scale is that of the terms.
                    var scale = Math.Max(
                        fine[role].Max(value => Math.Abs(value.ToFloat())),
                        terms[role].Where(double.IsFinite).DefaultIfEmpty(0).Max()
                    );
                    for (var i = 0; i < values.Length; i++)
                    {
                        if (fine[role][i].IsNaN || !double.IsFinite(values[i].Hi) || scale == 0)
                        {
                            continue;
                        }

                        var gap = (BigFloat.OfDoubleDouble(values[i]) - fine[role][i]).ToFloat();
                        Assert.True(
                            Math.Abs(gap) <= Math.ScaleB(scale, -70),
                            $"{conditioned.Text}: {role.Name()}[{i}] off by {gap} at scale {scale}"
                        );
                    }
                }
            }
        );
    }
}
