using System.Globalization;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// Groups in which an element is as good as the mean of the others, which spread over many magnitudes: without β its x̂ is what
/// the roundings of Σx leave of it. Faithful is within one ulp all the same. Kills: sums of f32 data in plain binary64.
/// </summary>
public sealed class NearTheMeanTests
{
    public static TheoryData<string> Problems
    {
        get
        {
            var data = new TheoryData<string>();
            string[] problems =
            [
                "ln fwd {0} 5x3",
                "ln fwd {0} 3x77",
                "ln fwd {0} 2x4700",
                "bn train {0} nchw 2x3x5",
                "bn train {0} nchw 3x2x1900",
                "bn train {0} nhwc 4x3x5x3",
                "bn train {0} nhwc 1x5x2300",
                "renorm train {0} nhwc 4x3x5 rmax=1 dmax=0",
                "in fwd {0} nchw 2x3x31",
                "in fwd {0} nhwc 2x3x31",
                "gn fwd {0} nc 3x6 groups=2",
                "gn fwd {0} nhwc 2x6x5x7 groups=3",
                "gn fwd {0} nhwc 1x4x1100 groups=2",
                "gn fwd {0} nchw 2x6x5x7 groups=3",
            ];
            foreach (var problem in problems)
            {
                foreach (var dtype in new[] { "f32", "bf16", "f16" })
                {
                    data.Add(string.Format(CultureInfo.InvariantCulture, problem, dtype));
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Problems))]
    public void A_forward_is_within_one_ulp(string text)
    {
        using var backend = new SimdBackend();
        for (var seed = 0; seed < 12 * Run.Depth; seed++)
        {
            var random = new Random(seed);
            var problem = Case.Parse(text).Problem;
            var x = Hostile.Tensor(random, problem);
            var @case = Case.Parse($"{text} affine=none saved=no seed={seed} x=[{x}]");
            var result = CaseRunner.Run(backend, @case, ContractLevel.Faithful);
            Assert.True(result.Verdict is { Holds: true }, $"{@case} fails");
        }
    }

    /// <summary>The same x, with gradients whose own sums are ordinary: dx then turns on x − μ.</summary>
    [Theory]
    [MemberData(nameof(Problems))]
    public void A_backward_is_within_one_ulp(string text)
    {
        text = text.Replace(" fwd ", " bwd ").Replace(" train ", " bwd ");
        using var backend = new SimdBackend();
        for (var seed = 0; seed < 12 * Run.Depth; seed++)
        {
            var random = new Random(seed);
            var problem = Case.Parse(text).Problem;
            var x = Hostile.Tensor(random, problem);
            var dy =
                random.Next(2) == 0
                    ? Hostile.Values(problem, () => random.Next(-2, 3))
                    : Hostile.Values(problem, () => (2 * random.NextDouble()) - 1);
            var saved = random.Next(2) == 0 ? "yes" : "no";
            var @case = Case.Parse(
                $"{text} affine=none saved={saved} seed={seed} x=[{x}] dy=[{dy}]"
            );
            var result = CaseRunner.Run(backend, @case, ContractLevel.Faithful);
            Assert.True(result.Verdict is { Holds: true }, $"{@case} fails");
        }
    }
}
