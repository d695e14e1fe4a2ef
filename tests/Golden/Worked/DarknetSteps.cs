using NormCheck.Contract;

namespace NormCheck.Golden.Worked;

/// <summary>
/// darknet's CPU and GPU batch norm function by function, under the names of its C code (pjreddie/darknet f6afaabc and
/// AlexeyAB/darknet 59596d78, src/blas.c, src/batchnorm_layer.c, src/blas_kernels.cu). Its literals .000001f and .00001f are
/// read as the decimals that they mean.
/// </summary>
public class DarknetSteps
{
    private static readonly Rational s_outside = Rational.Of(1e-6);
    private static readonly Rational s_inside = Rational.Of(1e-5);

    /// <summary>darknet knows no negative number of steps: m ≥ 2, or 1/(m − 1) is infinite.</summary>
    public static TheoryData<string, string, string> Forks
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var convention in new[] { "darknet", "darknet-gpu", "darknet-alexey" })
            {
                data.Add(convention, "[1,2,6]", "[1,-1,0.5]");
                data.Add(convention, "[0.001,0.002,-0.004,0.003]", "[0.5,2,-1,0.25]");
                data.Add(convention, "[1000.5,1001,999.25,1003,1000]", "[-1,1,2,-0.75,0.125]");
            }

            return data;
        }
    }

    /// <summary>variance_cpu: scale = 1/(n − 1). normalize_cpu divides by √v + 1e-6, the GPU kernel and AlexeyAB by √(v + 1e-5).</summary>
    private static Rational Divisor(string convention, Rational variance) =>
        convention == "darknet" ? variance.Root() + s_outside : (variance + s_inside).Root();

    /// <summary>
    /// mean_cpu, variance_cpu, the rolling averages (.99/.01, AlexeyAB .9/.1), normalize_cpu, scale_bias, add_bias.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forks))]
    public void Forward_batchnorm_layer(string convention, string x, string delta)
    {
        _ = delta;
        var m = x.Split(',').Length;
        var kept = convention == "darknet-alexey" ? 0.1 : 0.01;
        Example.Holds(
            $"bn train f64 nc {m}x1 momentum={ProblemText.Number(kept)} convention={convention} x={x} "
                + "gamma=[1.5] beta=[-0.25] running_mean=[0.5] running_var=[0.125]",
            given =>
            {
                var batch = new Group(given.X);
                var divisor = Divisor(convention, batch.Bessel);
                var old = 1 - given.Momentum;
                return
                [
                    (
                        TensorRole.Y,
                        [
                            .. given.X.Select(x =>
                                ((x - batch.Mean) / divisor * given.Gamma) + given.Beta
                            ),
                        ]
                    ),
                    (
                        TensorRole.RunningMean,
                        [(given.RunningMean * old) + (batch.Mean * given.Momentum)]
                    ),
                    (
                        TensorRole.RunningVar,
                        [(given.RunningVar * old) + (batch.Bessel * given.Momentum)]
                    ),
                ];
            }
        );
    }

    /// <summary>normalize_cpu with rolling_mean and rolling_variance.</summary>
    [Theory]
    [InlineData("darknet")]
    [InlineData("darknet-gpu")]
    [InlineData("darknet-alexey")]
    public void Forward_batchnorm_layer_at_test_time(string convention) =>
        Example.Holds(
            $"bn infer f64 nc 3x1 convention={convention} x=[1,2,6] gamma=[1.5] beta=[-0.25] running_mean=[0.5] running_var=[0.125]",
            TensorRole.Y,
            given =>
                [
                    .. given.X.Select(x =>
                        (
                            (x - given.RunningMean)
                            / Divisor(convention, given.RunningVar)
                            * given.Gamma
                        ) + given.Beta
                    ),
                ]
        );

    /// <summary>
    /// backward_bias (not called by AlexeyAB), backward_scale_cpu, scale_bias of delta, mean_delta_cpu, variance_delta_cpu,
    /// normalize_delta_cpu. delta is −∂ℓ/∂y, and so is all that is made of it: the formulas are linear.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forks))]
    public void Backward_batchnorm_layer(string convention, string x, string delta)
    {
        var alexey = convention == "darknet-alexey";
        Example.Holds(
            $"bn bwd f64 nc {x.Split(',').Length}x1 saved=no convention={convention} x={x} gamma=[1.5] dy={delta}",
            given =>
            {
                var batch = new Group(given.X);
                var deviations = given.X.Select(x => x - batch.Mean).ToArray();
                var square = batch.Bessel + s_inside;
                var root = square.Root();
                var scaled = given.Dy.Select(delta => delta * given.Gamma).ToArray();
                var meanDelta = scaled.Sum() * -1 / root;
                var varianceDelta = scaled.Dot(deviations) * new Rational(-1, 2) / (root * square);
                var last = alexey ? batch.Bessel.Root() + s_inside : root;
                return
                [
                    (
                        TensorRole.Dx,
                        [
                            .. scaled.Select(
                                (delta, i) =>
                                    (delta / last)
                                    + (varianceDelta * 2 * deviations[i] / batch.M)
                                    + (meanDelta / batch.M)
                            ),
                        ]
                    ),
                    (
                        TensorRole.DGamma,
                        [given.Dy.Dot(deviations) / Divisor(convention, batch.Bessel)]
                    ),
                    (TensorRole.DBeta, [alexey ? 0 : given.Dy.Sum()]),
                ];
            }
        );
    }
}
