using NormCheck.Contract;

namespace NormCheck.Golden.Worked;

/// <summary>
/// One call of each system where it differs from the papers: which variance is stored, where ε goes, what inference
/// differentiates, what is saved. Derived in exact arithmetic from the system's own formula.
/// </summary>
public class SystemExamples
{
    private const string Six = "x=[1,2,6,-3,0.5,4.25] ";

    /// <summary>
    /// PyTorch in eval: the statistics are constants. dx = γ·dy/√(rv + ε), dγ = Σdy(x − rm)/√(rv + ε), dβ = Σdy.
    /// </summary>
    [Theory]
    [InlineData("pytorch")]
    [InlineData("keras3")]
    [InlineData("onednn")]
    [InlineData("tf-keras-fused")]
    public void Eval_backward(string convention) =>
        Example.Holds(
            $"bn bwd-infer f64 nc 6x1 eps=0.001 convention={convention} {Six}gamma=[1.5] "
                + "dy=[1,-1,0.5,2,-0.25,3] running_mean=[0.75] running_var=[2.5]",
            given =>
            {
                var root = (given.RunningVar + given.Eps).Root();
                return
                [
                    (TensorRole.Dx, [.. given.Dy.Select(dy => given.Gamma * dy / root)]),
                    (
                        TensorRole.DGamma,
                        [given.Dy.Dot(given.X.Select(x => (x - given.RunningMean) / root))]
                    ),
                    (TensorRole.DBeta, [given.Dy.Sum()]),
                ];
            }
        );

    /// <summary>One training step of systems that normalize with S/m and store S/m or S/(m − 1).</summary>
    [Theory]
    [InlineData("pytorch", true)]
    [InlineData("cudnn", true)]
    [InlineData("mlx", true)]
    [InlineData("tf-keras-fused", true)]
    [InlineData("keras3", false)]
    [InlineData("tf-keras", false)]
    [InlineData("onnx", false)]
    [InlineData("population", false)]
    public void Training_step(string convention, bool bessel) =>
        Example.Holds(
            $"bn train f64 nc 6x1 eps=0.001 momentum=0.25 convention={convention} {Six}"
                + "gamma=[1.5] beta=[-0.25] running_mean=[0.75] running_var=[2.5]",
            given =>
            {
                var batch = new Group(given.X);
                var root = (batch.Variance + given.Eps).Root();
                var stored = bessel ? batch.Bessel : batch.Variance;
                return
                [
                    (
                        TensorRole.Y,
                        [
                            .. given.X.Select(x =>
                                (given.Gamma * (x - batch.Mean) / root) + given.Beta
                            ),
                        ]
                    ),
                    (
                        TensorRole.RunningMean,
                        [((1 - given.Momentum) * given.RunningMean) + (given.Momentum * batch.Mean)]
                    ),
                    (
                        TensorRole.RunningVar,
                        [((1 - given.Momentum) * given.RunningVar) + (given.Momentum * stored)]
                    ),
                ];
            }
        );

    /// <summary>The fused kernel of TensorFlow never goes below ε = 1.001e-5.</summary>
    [Theory]
    [InlineData("0", 1.001e-5)]
    [InlineData("1e-5", 1.001e-5)]
    [InlineData("0.001", 0.001)]
    public void Fused_epsilon_has_a_floor(string epsilon, double used) =>
        Example.Holds(
            $"bn train f64 nc 3x1 eps={epsilon} affine=none running=no convention=tf-keras-fused x=[0.001,0.002,0.006]",
            TensorRole.Y,
            given =>
            {
                var batch = new Group(given.X);
                var root = (batch.Variance + Rational.Of(used)).Root();
                return [.. given.X.Select(x => (x - batch.Mean) / root)];
            }
        );

    /// <summary>ONNX MeanVarianceNormalization: (x − μ)/(√v + 1e-9) over samples and positions of a channel.</summary>
    [Theory]
    [InlineData("x=[1,2,6,-3,0.5,4.25]")]
    [InlineData("x=[1e-9,-2e-9,3e-9,4e-9,2e-9,1e-9]")]
    public void Mean_variance_normalization(string x) =>
        Example.Holds(
            $"bn train f64 ncw 3x1x2 affine=none running=no saved=no convention=onnx-mvn {x}",
            TensorRole.Y,
            given =>
            {
                var channel = new Group(given.X);
                var divisor = channel.Variance.Root() + Rational.Of(1e-9);
                return [.. given.X.Select(x => (x - channel.Mean) / divisor)];
            }
        );

    /// <summary>The derivative of that: ∂(√v)/∂x = (x − μ)/(m√v), by the quotient rule.</summary>
    [Fact]
    public void Mean_variance_normalization_backward() =>
        Example.Holds(
            "bn bwd f64 ncw 3x1x2 affine=none saved=no convention=onnx-mvn x=[1e-9,-2e-9,3e-9,4e-9,2e-9,1e-9] dy=[1,-1,0.5,2,-0.25,3]",
            TensorRole.Dx,
            given =>
            {
                var channel = new Group(given.X);
                var std = channel.Variance.Root();
                var divisor = std + Rational.Of(1e-9);
                var deviations = given.X.Select(x => x - channel.Mean).ToArray();
                var mean = given.Dy.Sum() / channel.M;
                var dDivisor = -given.Dy.Dot(deviations) / divisor.Square();
                return
                [
                    .. given.Dy.Select(
                        (dy, i) =>
                            ((dy - mean) / divisor) + (dDivisor * deviations[i] / (channel.M * std))
                    ),
                ];
            }
        );

    /// <summary>Gemma: (1 + γ) everywhere γ stands, in the gradient too; dγ itself is Σdy·x̂.</summary>
    [Fact]
    public void Gemma_forward_and_backward()
    {
        Example.Holds(
            "rms fwd f64 1x4 affine=scale convention=gemma eps=1e-6 x=[1,2,6,-3] gamma=[0.5,-0.25,0,2]",
            TensorRole.Y,
            given =>
            {
                var root = (new Group(given.X).MeanSquare + given.Eps).Root();
                return [.. given.X.Select((x, i) => (1 + given[TensorRole.Gamma][i]) * x / root)];
            }
        );
        Example.Holds(
            "rms bwd f64 1x4 affine=scale convention=gemma saved=no eps=1e-6 x=[1,2,6,-3] gamma=[0.5,-0.25,0,2] dy=[1,-1,0.5,2]",
            given =>
            {
                var square = new Group(given.X).MeanSquare + given.Eps;
                var root = square.Root();
                var g = given.Dy.Select((dy, i) => dy * (1 + given[TensorRole.Gamma][i])).ToArray();
                var along = g.Dot(given.X) / given.X.Length;
                return
                [
                    (
                        TensorRole.Dx,
                        [.. given.X.Select((x, i) => (g[i] / root) - (x * along / (square * root)))]
                    ),
                    (TensorRole.DGamma, [.. given.Dy.Select((dy, i) => dy * given.X[i] / root)]),
                ];
            }
        );
    }

    /// <summary>Flax and Haiku take E[x²] − μ²: the same number in exact arithmetic, so the same truth.</summary>
    [Theory]
    [InlineData("flax")]
    [InlineData("haiku")]
    public void One_pass_systems_mean_the_same_variance(string convention) =>
        Example.Holds(
            $"bn train f64 nc 6x1 eps=0.001 affine=none running=no convention={convention} {Six}",
            TensorRole.Y,
            given =>
            {
                var batch = new Group(given.X);
                var variance = batch.MeanSquare - batch.Mean.Square();
                Assert.Equal(batch.Variance, variance);
                var root = (variance + given.Eps).Root();
                return [.. given.X.Select(x => (x - batch.Mean) / root)];
            }
        );

    /// <summary>oneDNN saves the variance, the others 1/√(v + ε).</summary>
    [Theory]
    [InlineData("onednn", true)]
    [InlineData("cudnn", false)]
    [InlineData("onnx", false)]
    public void What_is_saved(string convention, bool variance) =>
        Example.Holds(
            $"ln fwd f64 1x6 eps=0.001 affine=none convention={convention} {Six}",
            given =>
            {
                var row = new Group(given.X);
                return
                [
                    (TensorRole.SavedMean, [row.Mean]),
                    (
                        TensorRole.SavedInvStd,
                        [variance ? row.Variance : 1 / (row.Variance + given.Eps).Root()]
                    ),
                ];
            }
        );
}
