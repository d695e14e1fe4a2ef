using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Golden;

/// <summary>
/// Examples with numbers that do not come from this code: worked by hand from each system's formulas, or printed in the
/// thread or test that is named.
/// </summary>
public class ConventionExamples
{
    private static IReadOnlyDictionary<TensorRole, double[]> Read(string text)
    {
        var @case = Case.Parse(text);
        return Reference.Reference.Binary64(@case.Problem, CaseData.Build(@case));
    }

    private static double[] Y(string text) => Read(text)[TensorRole.Y];

    private static Step[] Steps(string convention, double momentum, params double[][] batches) =>
        History.BatchNorm(
            Conventions.Get(convention),
            Conventions.Get(convention).DefaultEpsilon,
            momentum,
            batches
        );

    // ---- which variance normalizes, and ε ---------------------------------------------------------------------------

    /// <summary>m = 2: |y| is 1 with divisor m and 1/√2 with m − 1 (fault catalogue, STAT-02).</summary>
    [Theory]
    [InlineData("normcheck", 1)]
    [InlineData("pytorch", 1)]
    [InlineData("darknet-gpu", 0.70710678)]
    public void Two_elements_show_the_divisor(string convention, double size)
    {
        // σ = 10⁴, so that every system's ε is invisible in eight digits.
        var y = Y(
            $"bn train f64 nc 2x1 eps=0 affine=none convention={convention} x=[-10000,10000]"
        );
        Digits.Same(-size, y[0], 8);
        Digits.Same(size, y[1], 8);
    }

    /// <summary>v = 1e-3 with ε = 1e-3: the output's σ is 0.7071, not 1 (semantics, section 15, item 2).</summary>
    [Fact]
    public void Keras_epsilon_is_not_negligible()
    {
        var s = Math.Sqrt(1e-3);
        var y = Y($"bn train f64 nc 2x1 eps=0.001 affine=none convention=keras3 x=[{-s:R},{s:R}]");
        Digits.Same(0.70710678, y[1], 8);
    }

    /// <summary>v = 1e-10, ε = 1e-6: outside the root the denominator is 1.1e-5, inside 1.00005e-3 (EPS-01).</summary>
    [Fact]
    public void Epsilon_outside_the_root_is_another_number()
    {
        // v = Σ(x−μ)²/(m−1) = 2d² = 1e-10.
        var d = Math.Sqrt(0.5e-10);
        var outside = Y(
            $"bn train f64 nc 2x1 eps=1e-6 affine=none convention=darknet x=[{-d:R},{d:R}]"
        );
        Digits.Same(d / 1.1e-5, outside[1], 12);
        var inside = Y($"bn train f64 nc 2x1 eps=1e-6 affine=none x=[{-1e-5:R},{1e-5:R}]");
        Digits.Same(1e-5 / 1.00005e-3, inside[1], 6);
    }

    /// <summary>tf-keras, fused: ε = 1e-8 is silently raised to 1.001e-5; v = 1.001e-5 then gives 1/√2.</summary>
    [Fact]
    public void The_fused_path_raises_epsilon()
    {
        var s = Math.Sqrt(1.001e-5);
        var text = $"bn train f64 nc 2x1 eps=1e-8 affine=none x=[{-s:R},{s:R}]";
        Digits.Same(0.70710678, Y($"{text} convention=tf-keras-fused")[1], 8);
        Digits.Same(0.9995, Y($"{text} convention=tf-keras")[1], 4);
    }

    /// <summary>onnx/onnx#8281: a constant input gives 0/(0 + 1e-9) = 0, and 1e-9 stands beside σ, not v.</summary>
    [Fact]
    public void Mvn_adds_1e_9_to_sigma()
    {
        Assert.Equal(
            [0, 0, 0],
            Y("ln fwd f64 1x3 eps=0 affine=none convention=onnx-mvn x=[7,7,7]")
        );
        var y = Y("ln fwd f64 1x2 eps=0 affine=none convention=onnx-mvn x=[-1e-9,1e-9]");
        Digits.Same(0.5, y[1], 12);
    }

    /// <summary>ε = 0 and v = 0: PyTorch's CPU batch norm gives β in training, its layer norm NaN.</summary>
    [Fact]
    public void PyTorch_takes_one_over_zero_as_zero_in_batch_norm_only()
    {
        var values = "x=[5,5] gamma=[2] beta=[3]";
        Assert.Equal([3, 3], Y($"bn train f64 nc 2x1 eps=0 convention=pytorch {values}"));
        Assert.All(
            Y("ln fwd f64 1x2 eps=0 affine=none convention=pytorch x=[5,5]"),
            y => Assert.True(double.IsNaN(y))
        );
        Assert.All(Y($"bn train f64 nc 2x1 eps=0 {values}"), y => Assert.True(double.IsNaN(y)));
    }

    /// <summary>pytorch#188372: a group of one is β, whatever x; 1.13.1 gives 17.4.</summary>
    [Fact]
    public void One_element_gives_beta() =>
        Assert.Equal([3.0], Y("ln fwd f32 1x1 x=[1000000] gamma=[2] beta=[3]"));

    // ---- axes and groups --------------------------------------------------------------------------------------------

    /// <summary>tensorflow/tfjs#1106: x = [[1,2],[10,20]] as [1,2,1,2], axis 1, means [1,10] → [0,1,0,10].</summary>
    [Fact]
    public void Statistics_follow_the_channel_axis()
    {
        var y = Y(
            "bn infer f64 nchw 1x2x1x2 eps=0 affine=none x=[1,2,10,20] running_mean=[1,10] running_var=[1,1]"
        );
        Assert.Equal([0, 1, 0, 10], y);
        var trained = Y("bn train f64 nchw 1x2x1x2 eps=0 affine=none x=[1,2,10,20]");
        Assert.Equal([-1, 1, -1, 1], trained);
    }

    /// <summary>MLX puts channel c into group c mod G: the contiguous norm of channels 0,2,1,3.</summary>
    [Fact]
    public void Mlx_interleaves_channels()
    {
        var interleaved = Y(
            "gn fwd f64 nc 1x4 groups=2 eps=0 affine=none convention=mlx x=[0,10,4,30]"
        );
        var contiguous = Y("gn fwd f64 nc 1x4 groups=2 eps=0 affine=none x=[0,4,10,30]");
        Assert.Equal([-1, -1, 1, 1], interleaved);
        Assert.Equal([-1, 1, -1, 1], contiguous);
    }

    /// <summary>ONNX GroupNormalization-18 has one scale and bias per group, -21 one per channel.</summary>
    [Fact]
    public void Onnx_18_scales_groups()
    {
        var y = Y(
            "gn fwd f64 nc 1x4 groups=2 eps=0 convention=onnx-gn18 x=[0,4,10,30] gamma=[2,3] beta=[1,5]"
        );
        Assert.Equal([-1, 3, 2, 8], y);
    }

    /// <summary>Gemma stores γ − 1 (Liger#74: forgetting the offset).</summary>
    [Fact]
    public void Gemma_adds_one_to_gamma()
    {
        var y = Y("rms fwd f64 1x2 eps=0 affine=scale convention=gemma x=[3,-3] gamma=[0.5,-1]");
        Assert.Equal([1.5, 0], y);
    }

    // ---- running statistics -----------------------------------------------------------------------------------------

    /// <summary>TensorFlow's own test of the fused path: x = {0, 2}, keeps 0.5, from 0: moving variance 1.</summary>
    [Fact]
    public void The_fused_path_stores_bessel()
    {
        var fused = Conventions.Get("tf-keras-fused") with { InitialVariance = 0 };
        Assert.Equal(
            1,
            History
                .BatchNorm(
                    fused,
                    1e-3,
                    0.5,
                    [
                        [0, 2],
                    ]
                )[0]
                .Variance
        );
        var plain = Conventions.Get("tf-keras") with { InitialVariance = 0 };
        Assert.Equal(
            0.5,
            History
                .BatchNorm(
                    plain,
                    1e-3,
                    0.5,
                    [
                        [0, 2],
                    ]
                )[0]
                .Variance
        );
    }

    /// <summary>x = {0, 2}: S/m = 1 and S/(m−1) = 2. From (0, 1), momentum 0.1.</summary>
    [Theory]
    [InlineData("keras3", 1.0)]
    [InlineData("pytorch", 1.1)]
    [InlineData("onnx", 1.0)]
    [InlineData("cudnn", 1.1)]
    [InlineData("flax", 1.0)]
    [InlineData("mlx", 1.1)]
    public void One_step_from_the_initial_state(string convention, double variance)
    {
        var step = Steps(convention, 0.1, [0, 2])[0];
        Digits.Exact(0.1, step.Mean);
        Digits.Exact(variance, step.Variance);
    }

    /// <summary>Keras 2 divides by m − (1 + ε): 1·2/(2 − 1.001) (keras#9028).</summary>
    [Fact]
    public void Keras_2_puts_epsilon_into_bessels_divisor() =>
        Digits.Exact(0.5 + (0.5 * 2 / 0.999), Steps("keras2", 0.5, [0, 2])[0].Variance);

    /// <summary>darknet starts from variance 0 and stores what it normalizes with: 0.01·2.</summary>
    [Fact]
    public void Darknet_starts_from_zero() =>
        Digits.Exact(0.02, Steps("darknet", 0.01, [0, 2])[0].Variance);

    /// <summary>PyTorch with momentum=None: the first batch erases the initial state, then the plain mean.</summary>
    [Fact]
    public void Cumulative_average_is_the_mean_of_the_batches()
    {
        var steps = Steps("pytorch-cumulative", 0.1, [0, 2], [4, 8], [1, 1]);
        Digits.Exact([1, 3.5, 8.0 / 3], [.. steps.Select(step => step.Mean)]);
        Digits.Exact([2, 5, 10.0 / 3], [.. steps.Select(step => step.Variance)]);
    }

    /// <summary>Algorithm 2 of the paper: mean over batches of m/(m−1)·v.</summary>
    [Fact]
    public void Population_average_of_the_paper()
    {
        var steps = Steps("paper", 0.1, [0, 2], [4, 8], [1, 1]);
        Digits.Exact(8.0 / 3, steps[2].Mean);
        Digits.Exact(10.0 / 3, steps[2].Variance);
    }

    /// <summary>Haiku: after one step the average is the batch's own; after two (0.9·1 + 6)·0.1/0.19 = 69/19.</summary>
    [Fact]
    public void Haiku_debiases()
    {
        var steps = Steps("haiku", 0.1, [0, 2], [4, 8]);
        Digits.Exact([1, 69.0 / 19], [.. steps.Select(step => step.Mean)]);
        Digits.Exact([1, ((0.9 * 1) + 4) * 0.1 / 0.19], [.. steps.Select(step => step.Variance)]);
    }

    /// <summary>Caffe with λ equals Haiku with ρ = λ, apart from Bessel's factor.</summary>
    [Fact]
    public void Caffe_weights_as_haiku_does()
    {
        double[][] batches =
        [
            [0, 2],
            [4, 8],
            [-1, 6],
        ];
        var haiku = Steps("haiku", 0.1, batches);
        var caffe = Steps("caffe", 0.1, batches);
        Digits.Exact([.. haiku.Select(step => step.Mean)], [.. caffe.Select(step => step.Mean)]);
        Digits.Exact(
            [.. haiku.Select(step => 2 * step.Variance)],
            [.. caffe.Select(step => step.Variance)]
        );
    }

    /// <summary>Chainer stores (v + ε)·m/(m − 1) and starts from 0.</summary>
    [Fact]
    public void Chainer_stores_epsilon()
    {
        var chainer = Conventions.Get("chainer-renorm");
        Digits.Exact(
            0.1 * (1 + 0.5) * 2,
            History
                .BatchRenorm(
                    chainer,
                    0.5,
                    0.1,
                    0.1,
                    [
                        [0, 2],
                    ]
                )[0]
                .Variance
        );
    }
}
