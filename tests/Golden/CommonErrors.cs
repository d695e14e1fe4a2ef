using NormCheck.Contract;
using NormCheck.Golden.Worked;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Golden;

/// <summary>Numbers behind docs/conventions.md that no other example shows.</summary>
public class CommonErrors
{
    private static IReadOnlyDictionary<TensorRole, double[]> Read(string text)
    {
        var @case = Case.Parse(text);
        return Reference.Reference.Binary64(@case.Problem, CaseData.Build(@case));
    }

    /// <summary>Untrained statistics are (0, 1): x is divided by √(1 + ε), not by its own σ.</summary>
    [Theory]
    [InlineData("keras3")]
    [InlineData("pytorch")]
    [InlineData("onnx")]
    public void Inference_before_training_hardly_changes_x(string convention)
    {
        var state = Conventions.Get(convention);
        Assert.Equal((0, 1), (state.InitialMean, state.InitialVariance));
        Example.Holds(
            $"bn infer f64 nc 2x1 eps=0.001 affine=none convention={convention} x=[40,80] running_mean=[0] running_var=[1]",
            TensorRole.Y,
            given => [.. given.X.Select(x => x / (1 + given.Eps).Root())]
        );
    }

    private const string Sample = "x=[1,2,6,-3,0.5,4.25,-7,3]";

    /// <summary>Instance norm is group norm with C groups; with groups of size C, so one group, it is not.</summary>
    [Fact]
    public void Instance_norm_has_as_many_groups_as_channels()
    {
        var instance = Read($"in fwd f64 ncw 1x4x2 affine=none {Sample}")[TensorRole.Y];
        Assert.Equal(
            instance,
            Read($"gn fwd f64 ncw 1x4x2 groups=4 affine=none {Sample}")[TensorRole.Y]
        );
        Assert.NotEqual(
            instance,
            Read($"gn fwd f64 ncw 1x4x2 groups=1 affine=none {Sample}")[TensorRole.Y]
        );
    }

    /// <summary>Layer norm over all axes but the samples is group norm with one group; with groups of size 1 it is not.</summary>
    [Fact]
    public void Layer_norm_has_one_group()
    {
        var layer = Read($"ln fwd f64 1x4x2 axis=1 affine=none {Sample}")[TensorRole.Y];
        Assert.Equal(
            layer,
            Read($"gn fwd f64 ncw 1x4x2 groups=1 affine=none {Sample}")[TensorRole.Y]
        );
        Assert.NotEqual(
            layer,
            Read($"gn fwd f64 ncw 1x4x2 groups=4 affine=none {Sample}")[TensorRole.Y]
        );
    }

    /// <summary>One group has a γ for each channel, layer norm one for each position: 4 and 8 of them here.</summary>
    [Fact]
    public void One_group_and_layer_norm_differ_in_their_parameters()
    {
        Assert.Equal(4, ProblemText.Parse("gn fwd f64 ncw 1x4x2 groups=1").ParameterShape.Count);
        Assert.Equal(8, ProblemText.Parse("ln fwd f64 1x4x2 axis=1").ParameterShape.Count);
    }

    /// <summary>Statistics of the last axis and of all but the first are different things, and both are called layer norm.</summary>
    [Fact]
    public void Layer_norm_over_one_axis_is_not_over_the_sample() =>
        Assert.NotEqual(
            Read($"ln fwd f64 1x4x2 axis=-1 affine=none {Sample}")[TensorRole.Y],
            Read($"ln fwd f64 1x4x2 axis=1 affine=none {Sample}")[TensorRole.Y]
        );

    /// <summary>Two channels that are the same stay the same: variances become 1, the correlation stays 1.</summary>
    [Fact]
    public void Standardizing_does_not_decorrelate()
    {
        var y = Read("bn train f64 nc 3x2 eps=0 affine=none x=[1,1,2,2,6,6]")[TensorRole.Y];
        var covariance = ((y[0] * y[1]) + (y[2] * y[3]) + (y[4] * y[5])) / 3;
        Digits.Exact(1, covariance);
    }

    /// <summary>
    /// The sum of the gradient is 0 for darknet's formula too, which is not the derivative: a check of Σdx alone passes it.
    /// </summary>
    [Fact]
    public void A_wrong_gradient_may_sum_to_zero()
    {
        const string Call = "bn bwd f64 nc 3x1 saved=no affine=none x=[1,2,6] dy=[1,-1,0.5]";
        var darknet = Read($"{Call} convention=darknet")[TensorRole.Dx];
        Digits.Exact(0, darknet.Sum());
        Assert.True(Math.Abs(darknet[0] - Read($"{Call} eps=1e-6")[TensorRole.Dx][0]) > 0.01);
    }

    /// <summary>For the loss Σy the gradient is 0 whatever is normalized: every kernel that returns zeros passes.</summary>
    [Fact]
    public void The_loss_that_sums_y_tests_nothing() =>
        Assert.All(
            Read("bn bwd f64 nc 4x1 saved=no gamma=[3] x=[1,2,6,-3] dy=[1,1,1,1]")[TensorRole.Dx],
            dx => Digits.Exact(0, dx)
        );

    /// <summary>
    /// Unclipped, renorm's output is that of inference with the statistics from before the step; its gradient is not that of
    /// inference, γ·dy/σ, but has the batch's mean and correlation taken out.
    /// </summary>
    [Fact]
    public void Renorm_infers_forward_and_not_backward()
    {
        const string State = "x=[4,6.5,-1,3] running_mean=[0.75] running_std=[0.5]";
        const string Problem = "f64 nc 4x1 affine=none rmax=1000 dmax=1000 convention=renorm-paper";
        var trained = Read($"renorm train {Problem} {State}")[TensorRole.Y];
        var inferred = Read($"renorm infer {Problem} {State}")[TensorRole.Y];
        Digits.Exact(inferred, trained);

        const string Gradient = "saved=no dy=[1,-0.5,2,0.25]";
        var backward = Read($"renorm bwd {Problem} {State} {Gradient}")[TensorRole.Dx];
        var frozen = Read($"renorm bwd-infer {Problem} {State} {Gradient}")[TensorRole.Dx];
        Digits.Exact([2, -1, 4, 0.5], frozen);
        Digits.Exact(0, backward.Sum());
    }

    /// <summary>
    /// The schedule that keeps 1 − 0.8^(t/10): its weights of new values sum to 1/(1 − 0.8^0.1) = 45.3, so the averages stop
    /// moving, and in binary32 they are frozen to the bit from step 777 on.
    /// </summary>
    [Fact]
    public void The_exponential_schedule_freezes()
    {
        static float Kept(int step) => 1f - (float)Math.Pow(0.8, step / 10.0);

        Assert.True(Kept(776) < 1);
        Assert.Equal(1, Kept(777));
        Digits.Same(45.3, 1 / (1 - Math.Pow(0.8, 0.1)), 3);
        Digits.Same(45.3, Enumerable.Range(0, 2000).Sum(t => Math.Pow(0.8, t / 10.0)), 3);
    }

    /// <summary>β shifts y and nothing else: a backward does not even read it, and dβ is Σdy.</summary>
    [Fact]
    public void Beta_does_not_enter_the_gradient()
    {
        var problem = ProblemText.Parse("bn bwd f64 nc 3x1 saved=no convention=darknet");
        Assert.DoesNotContain(TensorPlan.For(problem), spec => spec.Role == TensorRole.Beta);
        Digits.Exact(
            [0.5],
            Read("bn bwd f64 nc 3x1 saved=no x=[1,2,6] gamma=[2] dy=[1,-1,0.5]")[TensorRole.DBeta]
        );
    }

    /// <summary>
    /// A moving average is not the paper's average: after [0, 2] and [4, 8] it is 0.1·1 and then 0.09 + 0.6, not 1 and 3.5.
    /// </summary>
    [Fact]
    public void A_moving_average_lags_behind_the_papers()
    {
        double[][] batches =
        [
            [0, 2],
            [4, 8],
        ];
        var moving = History.BatchNorm(Conventions.Get("pytorch"), 0, 0.1, batches);
        var paper = History.BatchNorm(Conventions.Get("paper"), 0, 0.1, batches);
        Digits.Exact([0.1, 0.69], [.. moving.Select(step => step.Mean)]);
        Digits.Exact([1, 3.5], [.. paper.Select(step => step.Mean)]);
    }
}
