using NormCheck.Contract;

namespace NormCheck.Golden.Worked;

/// <summary>
/// Batch renormalization, S. Ioffe 2017, arXiv 1702.03275, algorithm 1, with the schedule of its experiments: r_max = 1 and
/// d_max = 0 for 5000 steps, then both relaxed, r_max to 3 at step 40000 and d_max to 5 at step 25000.
/// </summary>
public class RenormPaperExamples
{
    private const string Data =
        "x=[4,6.5,-1,3] gamma=[1.5] beta=[-0.25] running_mean=[0.75] running_std=[0.5]";

    /// <summary>Linear from (from, low) to (to, high), constant outside.</summary>
    private static Rational Ramp(int step, int from, int to, int low, int high)
    {
        var share = new Rational(Math.Clamp(step, from, to) - from, to - from);
        return low + (share * (high - low));
    }

    private static string Bounds(int step) =>
        $"rmax={ProblemText.Number(Ramp(step, 5000, 40000, 1, 3).ToDouble())} "
        + $"dmax={ProblemText.Number(Ramp(step, 5000, 25000, 0, 5).ToDouble())}";

    /// <summary>Algorithm 1 line by line; r, d and the update use the running values from before the step.</summary>
    [Theory]
    [InlineData(0)] // r = 1, d = 0: plain batch norm
    [InlineData(5000)]
    [InlineData(5001)] // both clipped just above that
    [InlineData(15000)] // r_max = 11/7, d_max = 5/2
    [InlineData(25000)] // r_max = 15/7, d_max = 5: d is free
    [InlineData(40000)] // r_max = 3
    [InlineData(100000)]
    public void Algorithm_1_under_the_schedule(int step) =>
        Example.Holds(
            $"renorm train f64 nc 4x1 eps=0.001 momentum=0.01 {Bounds(step)} convention=renorm-paper {Data}",
            given =>
            {
                var batch = new Group(given.X);
                var std = (given.Eps + batch.Variance).Root();
                var (mean, sigma) = (given.RunningMean, given.RunningStd);
                var r = Rational.Min(Rational.Max(std / sigma, 1 / given.RMax), given.RMax);
                var d = Rational.Min(
                    Rational.Max((batch.Mean - mean) / sigma, -given.DMax),
                    given.DMax
                );
                return
                [
                    (
                        TensorRole.Y,
                        [
                            .. given.X.Select(x =>
                                (given.Gamma * (((x - batch.Mean) / std * r) + d)) + given.Beta
                            ),
                        ]
                    ),
                    (TensorRole.RunningMean, [mean + (given.Momentum * (batch.Mean - mean))]),
                    (TensorRole.RunningStd, [sigma + (given.Momentum * (std - sigma))]),
                ];
            }
        );

    /// <summary>
    /// The gradient of the paper, r and d constants: ∂ℓ/∂σ_B = Σg(x − μ_B)(−r/σ_B²), ∂ℓ/∂μ_B = −(r/σ_B)Σg,
    /// ∂ℓ/∂x = g·r/σ_B + ∂ℓ/∂σ_B·(x − μ_B)/(m·σ_B) + ∂ℓ/∂μ_B/m.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(15000)]
    [InlineData(25000)]
    [InlineData(40000)]
    public void Gradient_under_the_schedule(int step) =>
        Example.Holds(
            $"renorm bwd f64 nc 4x1 eps=0.001 {Bounds(step)} saved=no convention=renorm-paper "
                + "x=[4,6.5,-1,3] gamma=[1.5] dy=[1,-0.5,2,0.25] running_mean=[0.75] running_std=[0.5]",
            given =>
            {
                var batch = new Group(given.X);
                var std = (given.Eps + batch.Variance).Root();
                var r = Rational.Min(
                    Rational.Max(std / given.RunningStd, 1 / given.RMax),
                    given.RMax
                );
                var d = Rational.Min(
                    Rational.Max((batch.Mean - given.RunningMean) / given.RunningStd, -given.DMax),
                    given.DMax
                );
                var g = given.Dy.Select(dy => given.Gamma * dy).ToArray();
                var deviations = given.X.Select(x => x - batch.Mean).ToArray();
                var dStd = g.Dot(deviations) * -r / std.Square();
                var dMean = -r / std * g.Sum();
                return
                [
                    (
                        TensorRole.Dx,
                        [
                            .. g.Select(
                                (each, i) =>
                                    (each * r / std)
                                    + (dStd * deviations[i] / (batch.M * std))
                                    + (dMean / batch.M)
                            ),
                        ]
                    ),
                    (
                        TensorRole.DGamma,
                        [given.Dy.Dot(deviations.Select(each => (each / std * r) + d))]
                    ),
                    (TensorRole.DBeta, [given.Dy.Sum()]),
                ];
            }
        );

    /// <summary>Inference: y = γ(x − μ)/σ + β with the averaged σ as it is, no ε any more.</summary>
    [Fact]
    public void Inference_adds_no_epsilon() =>
        Example.Holds(
            $"renorm infer f64 nc 4x1 eps=0.5 rmax=3 dmax=5 convention=renorm-paper {Data}",
            TensorRole.Y,
            given =>
                [
                    .. given.X.Select(x =>
                        (given.Gamma * (x - given.RunningMean) / given.RunningStd) + given.Beta
                    ),
                ]
        );
}
