using MathNet.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Reference;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// What the mean is beside the spread (κ) does not touch Faithful. Kills: a mean rounded to binary32 (slope 1), a one-pass
/// variance (slope 2).
/// </summary>
public sealed class ConditioningTests
{
    private static readonly double[] s_kappas =
    [
        .. Enumerable.Range(0, 13).Select(k => Math.ScaleB(1, 2 * k)),
    ];

    public static TheoryData<string> Problems =>
        [
            "ln fwd f32 4x64 axis=-1",
            "ln bwd f32 4x64 axis=-1",
            "bn train f32 nchw 4x3x5x7",
            "bn bwd f32 nchw 4x3x5x7",
            "bn train f32 nhwc 4x3x5x7",
            "bn bwd f32 nhwc 4x17x5x7",
            "gn fwd f32 nchw 2x6x5x7 groups=3",
            "gn bwd f32 nhwc 2x6x5x7 groups=3",
            "in fwd f32 nchw 2x3x5x7",
            "renorm train f32 nchw 4x3x5x7 rmax=3 dmax=5",
        ];

    [Theory]
    [MemberData(nameof(Problems))]
    public void Faithful_holds_at_every_conditioning(string problem)
    {
        using var backend = new SimdBackend();
        foreach (var kappa in s_kappas)
        {
            var @case = At(problem, kappa);
            var result = CaseRunner.Run(backend, @case, ContractLevel.Faithful);
            Assert.True(result.Verdict is { Holds: true }, $"{@case} fails");
        }
    }

    /// <summary>Worst error in ulp of the largest output, against κ, on logarithmic scales: the slope is that of rounding alone.</summary>
    [Fact]
    public void The_error_of_Faithful_does_not_grow_with_the_conditioning()
    {
        using var faithful = new SimdBackend();
        var errors = s_kappas.Select(kappa => WorstError(faithful, kappa)).ToArray();
        Assert.All(errors, error => Assert.True(error <= 0.5, $"{error} of an ulp"));

        // The scalar baseline takes its mean in binary32: the same measurement sees that.
        using var scalar = new ScalarBackend();
        var growing = s_kappas.Select(kappa => WorstError(scalar, kappa)).ToArray();
        var (_, slope) = Fit.Line(
            [.. s_kappas.Select(kappa => Math.Log2(kappa))],
            [.. growing.Select(error => Math.Log2(error))]
        );
        Assert.True(slope > 0.5, $"slope {slope}");
    }

    private static double WorstError(INormBackend backend, double kappa)
    {
        var result = CaseRunner.Run(
            backend,
            At("ln fwd f32 8x64 axis=-1 affine=none", kappa),
            ContractLevel.AnyOrder
        );
        var truth = global::NormCheck.Reference.Reference.DoubleDouble(
            result.Case.Problem,
            result.Inputs
        )[TensorRole.Y];
        var y = result.Outputs.Require(TensorRole.Y).ToDoubles();
        var largest = y.Max(Math.Abs);
        var ulp = MathF.BitIncrement((float)largest) - (float)largest;
        return y.Zip(truth, (found, exact) => Math.Abs((exact - DoubleDouble.OfFloat(found)).Hi))
                .Max() / ulp;
    }

    private static Case At(string problem, double kappa) =>
        Case.Parse($"{problem} data=offset:{kappa:R} seed=7");
}
