using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Golden.Worked;

/// <summary>
/// The renorms of frameworks over four steps, variable by variable as their layers name them: Keras 3 and tf-keras (second
/// generation), tf.layers of TensorFlow 1 (first generation), Chainer.
/// </summary>
public class RenormGenerationExamples
{
    private const double Epsilon = 0.125;
    private const double RenormMomentum = 0.25;
    private const double Momentum = 0.5;
    private static readonly Rational s_epsilon = Rational.Of(Epsilon);
    private static readonly Rational s_renorm = Rational.Of(RenormMomentum);
    private static readonly Rational s_new = Rational.Of(Momentum);

    private static readonly double[][] s_batches =
    [
        [1, 3],
        [2, 8, 5],
        [-1, 5, 0.5, 2],
        [0.25, 0.5],
    ];

    private static Rational Moved(Rational run, Rational fresh, Rational share) =>
        run - ((run - fresh) * share);

    private static IEnumerable<(Group Batch, Rational Std, Step Step)> Steps(string convention)
    {
        var steps = History.BatchRenorm(
            Conventions.Get(convention),
            Epsilon,
            RenormMomentum,
            Momentum,
            s_batches
        );
        foreach (var (x, step) in s_batches.Zip(steps))
        {
            var batch = new Group([.. x.Select(Rational.Of)]);
            yield return (batch, (batch.Variance + s_epsilon).Root(), step);
        }
    }

    private static void Same(Group batch, Rational std, Step step, Rational r, Rational d)
    {
        Digits.Exact(r.ToDouble(), step.R);
        Digits.Exact(d.ToDouble(), step.D);
        Digits.Exact(
            [.. batch.X.Select(x => (((x - batch.Mean) / std * r) + d).ToDouble())],
            step.Y
        );
    }

    /// <summary>
    /// r, d against max(renorm_stddev, √ε) before the update; moving_variance = relu(moving_stddev² − ε).
    /// </summary>
    [Theory]
    [InlineData("keras3")]
    [InlineData("tf-keras")]
    public void Second_generation(string convention)
    {
        var (renormMean, renormStd, movingMean, movingStd) = (
            (Rational)0,
            (Rational)1,
            (Rational)0,
            (Rational)1
        );
        foreach (var (batch, std, step) in Steps(convention))
        {
            var sigma = Rational.Max(renormStd, s_epsilon.Root());
            Same(batch, std, step, std / sigma, (batch.Mean - renormMean) / sigma);
            renormMean = Moved(renormMean, batch.Mean, s_renorm);
            renormStd = Moved(renormStd, std, s_renorm);
            movingMean = Moved(movingMean, batch.Mean, s_new);
            movingStd = Moved(movingStd, std, s_new);
            Digits.Exact(movingMean.ToDouble(), step.Mean);
            Digits.Exact(Rational.Max(movingStd.Square() - s_epsilon, 0).ToDouble(), step.Variance);
        }
    }

    /// <summary>
    /// renorm_mean and renorm_stddev from 0 with weights from 0; r, d against renorm_mean + (1 − weight)·μ; the moving
    /// values smooth renorm_mean/weight and (renorm_stddev/weight)² − ε.
    /// </summary>
    [Fact]
    public void First_generation()
    {
        var (renormMean, renormStd, weight) = ((Rational)0, (Rational)0, (Rational)0);
        var (movingMean, movingVariance) = ((Rational)0, (Rational)0);
        foreach (var (batch, std, step) in Steps("tf1-renorm"))
        {
            var mean = renormMean + ((1 - weight) * batch.Mean);
            var sigma = renormStd + ((1 - weight) * std);
            Same(batch, std, step, std / sigma, (batch.Mean - mean) / sigma);
            renormMean = Moved(renormMean, batch.Mean, s_renorm);
            renormStd = Moved(renormStd, std, s_renorm);
            weight = Moved(weight, 1, s_renorm);
            movingMean = Moved(movingMean, renormMean / weight, s_new);
            movingVariance = Moved(
                movingVariance,
                (renormStd / weight).Square() - s_epsilon,
                s_new
            );
            Digits.Exact(movingMean.ToDouble(), step.Mean);
            Digits.Exact(movingVariance.ToDouble(), step.Variance);
        }
    }

    /// <summary>
    /// running_var takes (v + ε)·m/max(m − 1, 1), and σ_r = √(running_var + ε): ε is in it twice.
    /// </summary>
    [Fact]
    public void Chainer()
    {
        var (mean, variance) = ((Rational)0, (Rational)0);
        foreach (var (batch, std, step) in Steps("chainer-renorm"))
        {
            var sigma = (variance + s_epsilon).Root();
            Same(batch, std, step, std / sigma, (batch.Mean - mean) / sigma);
            mean = Moved(mean, batch.Mean, s_new);
            variance = Moved(
                variance,
                (batch.Variance + s_epsilon) * batch.M / Math.Max(batch.M - 1, 1),
                s_new
            );
            Digits.Exact(mean.ToDouble(), step.Mean);
            Digits.Exact(variance.ToDouble(), step.Variance);
        }
    }

    /// <summary>The paper averages σ itself, and inference puts no ε beside it.</summary>
    [Fact]
    public void Paper()
    {
        var (mean, sigma) = ((Rational)0, (Rational)1);
        foreach (var (batch, std, step) in Steps("renorm-paper"))
        {
            Same(batch, std, step, std / sigma, (batch.Mean - mean) / sigma);
            mean = Moved(mean, batch.Mean, s_new);
            sigma = Moved(sigma, std, s_new);
            Digits.Exact(mean.ToDouble(), step.Mean);
            Digits.Exact(sigma.Square().ToDouble(), step.Variance);
        }
    }
}
