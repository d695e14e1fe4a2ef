using System.Globalization;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// dy·(x − μ) may be subnormal, or beyond the range, where dy·x̂ is an ordinary number. Kills: products that meet 1/σ only
/// once they are added up, and a scale that a chunk does not share with its group.
/// </summary>
public sealed class RangeTests
{
    /// <summary>The last ones have several chunks, strips or both.</summary>
    private static readonly string[] s_shapes =
    [
        "ln bwd {0} 4x33",
        "rms bwd {0} 4x33",
        "ln bwd {0} 1x4200",
        "bn bwd {0} nchw 3x2x5x7",
        "bn bwd {0} nhwc 3x4x5x7",
        "bn bwd-infer {0} nhwc 3x4x5x7",
        "bn bwd-infer {0} nchw 3x4x5x7",
        "renorm bwd {0} nhwc 3x4x5 rmax=3 dmax=5",
        "in bwd {0} nchw 2x3x31",
        "in bwd {0} nhwc 2x3x31",
        "gn bwd {0} nc 3x6 groups=2",
        "gn bwd {0} nhwc 2x6x5x7 groups=3",
        "gn bwd {0} nchw 2x6x5x7 groups=3",
        "bn bwd {0} nhwc 1x2x1500",
        "gn bwd {0} nhwc 1x4x1100 groups=2",
    ];

    [Theory]
    [InlineData("f64", Tier.Faithful, ContractLevel.Compensated, 1022)]
    [InlineData("f32", Tier.Fast, ContractLevel.Pairwise, 126)]
    public void Products_keep_their_digits(
        string dtype,
        Tier tier,
        ContractLevel level,
        int exponents
    )
    {
        using var backend = new SimdBackend(new() { Tier = tier });
        for (var seed = 0; seed < 6 * s_shapes.Length * Run.Depth; seed++)
        {
            var random = new Random(seed);
            var text = string.Format(
                CultureInfo.InvariantCulture,
                s_shapes[seed % s_shapes.Length],
                dtype
            );
            var epsilons = new[] { "1e-5", "1e-30", "0" };
            var saved = random.Next(2) == 0 ? "yes" : "no";
            text += $" eps={epsilons[random.Next(3)]} affine=scale saved={saved} seed={seed}";
            var problem = Case.Parse(text).Problem;

            // Deviations of 2^a and gradients of 2^b: their product is about the smallest normal number.
            var a = -random.Next(exponents);
            var b = -exponents - a + random.Next(-30, 5);
            var x = Numbers(random, problem.Shape.Count, a, level: random.Next(2));
            var dy = Numbers(random, problem.Shape.Count, b, level: 0);
            var @case = Case.Parse($"{text} x=[{x}] dy=[{dy}]");
            var result = CaseRunner.Run(backend, @case, level);
            Assert.True(result.Verdict is { Holds: true }, $"{@case} fails");
        }
    }

    /// <summary>Numbers of a size, about 0 or about one of their size; now and then one that is much smaller, or 0.</summary>
    private static string Numbers(Random random, long count, int exponent, int level)
    {
        var values = new string[count];
        for (var i = 0; i < count; i++)
        {
            var size = exponent - (random.Next(4) == 0 ? random.Next(60) : 0);
            var value = random.Next(8) == 0 ? 0 : Math.ScaleB((2 * random.NextDouble()) - 1, size);
            value += Math.ScaleB(level, exponent);
            values[i] = value.ToString("R", CultureInfo.InvariantCulture);
        }

        return string.Join(",", values);
    }
}
