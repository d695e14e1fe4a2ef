using System.Globalization;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// Gradients that cancel, over many magnitudes: of Σg and Σg·x̂ roundings leave nothing, and some elements are as small as what
/// should be left. Faithful is within one ulp all the same. Kills: sums for gradients in plain binary64.
/// </summary>
public sealed class CancellingGradientTests
{
    public static TheoryData<string> Problems
    {
        get
        {
            var data = new TheoryData<string>();
            string[] problems =
            [
                "ln bwd {0} 5x4",
                "ln bwd {0} 3x77",
                "ln bwd {0} 2x4700",
                "rms bwd {0} 5x4",
                "rms bwd {0} 3x77",
                "bn bwd {0} nchw 2x3x5",
                "bn bwd {0} nchw 3x2x1900",
                "bn bwd {0} nhwc 4x3x5x3",
                "bn bwd {0} nhwc 1x5x2300",
                "renorm bwd {0} nchw 4x3x5 rmax=3 dmax=5",
                "renorm bwd {0} nhwc 4x3x5 rmax=1 dmax=0",
                "in bwd {0} nchw 2x3x31",
                "in bwd {0} nhwc 2x3x31",
                "gn bwd {0} nc 3x6 groups=2",
                "gn bwd {0} nchw 2x6x5x7 groups=3",
                "gn bwd {0} nhwc 2x6x5x7 groups=3",
                "gn bwd {0} nhwc 1x4x1100 groups=2",
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
    public void A_backward_is_within_one_ulp(string text)
    {
        using var backend = new SimdBackend();
        for (var seed = 0; seed < 24 * Run.Depth; seed++)
        {
            var @case = CaseOf(text, seed);
            var result = CaseRunner.Run(backend, @case, ContractLevel.Faithful);
            Assert.True(
                result.Verdict is { Holds: true },
                $"{result.Verdict?.Failure} of seed {seed}: {@case}"
            );
        }
    }

    /// <summary>x of every kind, or few whole numbers; dy that cancels by itself, or against x̂ too.</summary>
    internal static Case CaseOf(string text, int seed)
    {
        var random = new Random(seed);
        var problem = Case.Parse(text).Problem;
        var x = random.Next(3) switch
        {
            0 => Hostile.Tensor(random, problem),
            1 => Hostile.Values(problem, () => random.Next(-2, 3)),
            _ => Hostile.Values(problem, () => (2 * random.NextDouble()) - 1),
        };
        var dy = Hostile.Tensor(random, problem);
        var saved = random.Next(2) == 0 ? "yes" : "no";

        // dγ turns on x − μ and on d too, which are not meant here.
        var affine =
            problem.DType == DType.F32
            && (problem.Op != NormOp.BatchRenorm || problem.DMax == 0)
            && random.Next(3) == 0;
        return Case.Parse(
            $"{text} affine={(affine ? "both" : "none")} saved={saved} seed={seed} x=[{x}] dy=[{dy}]"
        );
    }
}
