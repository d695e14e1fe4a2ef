using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Golden.Worked;

/// <summary>
/// What each system keeps of four batches, step by step, by the line of code that does it (design notes: the survey of
/// systems names repository, file and version). Two histories: one of equal batches, one whose sizes differ.
/// </summary>
public class RunningStatisticsExamples
{
    private const double Epsilon = 0.125;
    private const double Momentum = 0.25;
    private static readonly Rational s_new = Rational.Of(Momentum);
    private static readonly Rational s_keep = 1 - s_new;

    private static readonly double[][][] s_histories =
    [
        [
            [0, 2],
            [4, 8],
            [-1, 6],
            [3, 3.5],
        ],
        [
            [1, 2, 6],
            [-4, 8],
            [0.5, 0.25, -8, 3, 3.125],
            [10, 11, 12, 9],
        ],
    ];

    /// <summary>Mean and variance that inference would use after each batch.</summary>
    private delegate (Rational Mean, Rational Variance)[] Keeping(Group[] batches);

    /// <summary>run ← (1 − α)·run + α·new from (0, v₀).</summary>
    private static Keeping Exponential(Rational initial, Func<Group, Rational> stored) =>
        batches =>
        {
            (Rational Mean, Rational Variance) run = (0, initial);
            return
            [
                .. batches.Select(batch =>
                    run = (
                        (s_keep * run.Mean) + (s_new * batch.Mean),
                        (s_keep * run.Variance) + (s_new * stored(batch))
                    )
                ),
            ];
        };

    private static readonly Dictionary<string, Keeping> s_systems = new()
    {
        // Keras 3, tf-keras without the fused kernel, Flax, ONNX: the variance that normalizes.
        ["keras3"] = Exponential(1, batch => batch.Variance),
        ["tf-keras"] = Exponential(1, batch => batch.Variance),
        ["flax"] = Exponential(1, batch => batch.Variance),
        ["onnx"] = Exponential(1, batch => batch.Variance),

        // Keras 2: sample_size / (sample_size − (1 + epsilon)).
        ["keras2"] = Exponential(
            1,
            batch => batch.Variance * batch.M / (batch.M - (1 + Rational.Of(Epsilon)))
        ),

        // TF's fused kernel, cuDNN, PyTorch, MLX: rest_size / (rest_size − 1).
        ["tf-keras-fused"] = Exponential(1, batch => batch.Bessel),
        ["cudnn"] = Exponential(1, batch => batch.Bessel),
        ["pytorch"] = Exponential(1, batch => batch.Bessel),
        ["mlx"] = Exponential(1, batch => batch.Bessel),

        // darknet starts from (0, 0).
        ["darknet"] = Exponential(0, batch => batch.Bessel),

        // PyTorch, momentum=None: exponential_average_factor = 1/num_batches_tracked.
        ["pytorch-cumulative"] = batches =>
            [
                .. Enumerable
                    .Range(1, batches.Length)
                    .Select(t =>
                        (
                            batches.Take(t).Select(batch => batch.Mean).Sum() / t,
                            batches.Take(t).Select(batch => batch.Bessel).Sum() / t
                        )
                    ),
            ],

        // The paper's algorithm 2: E[x] = E_B[μ_B], Var[x] = m/(m − 1)·E_B[σ²_B].
        ["paper"] = batches =>
            [
                .. Enumerable
                    .Range(1, batches.Length)
                    .Select(t =>
                        (
                            batches.Take(t).Select(batch => batch.Mean).Sum() / t,
                            batches
                                .Take(t)
                                .Select(batch => batch.Variance * batch.M / (batch.M - 1))
                                .Sum() / t
                        )
                    ),
            ],

        // Haiku's ExponentialMovingAverage with zero debias: hidden/(1 − decayᵗ), hidden from 0.
        ["haiku"] = batches =>
        {
            var (mean, variance, weight) = ((Rational)0, (Rational)0, (Rational)1);
            return
            [
                .. batches.Select(batch =>
                {
                    mean -= (mean - batch.Mean) * (1 - s_keep);
                    variance -= (variance - batch.Variance) * (1 - s_keep);
                    weight *= s_keep;
                    return (mean / (1 - weight), variance / (1 - weight));
                }),
            ];
        },

        // Caffe: blobs_[2] ← λ·blobs_[2] + 1; blobs_[0, 1] ← λ·blobs + new, the variance with m/(m − 1); divided at use.
        ["caffe"] = batches =>
        {
            var (mean, variance, count) = ((Rational)0, (Rational)0, (Rational)0);
            return
            [
                .. batches.Select(batch =>
                {
                    count = (s_keep * count) + 1;
                    mean = (s_keep * mean) + batch.Mean;
                    variance = (s_keep * variance) + (batch.Variance * batch.M / (batch.M - 1));
                    return (mean / count, variance / count);
                }),
            ];
        },
    };

    public static TheoryData<string, int> All
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in s_systems.Keys)
            {
                for (var history = 0; history < s_histories.Length; history++)
                {
                    data.Add(name, history);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Four_batches(string convention, int history)
    {
        var batches = s_histories[history];
        var steps = History.BatchNorm(Conventions.Get(convention), Epsilon, Momentum, batches);
        var kept = s_systems[convention]
            ([.. batches.Select(batch => new Group([.. batch.Select(Rational.Of)]))]);
        Digits.Exact(
            [.. kept.Select(each => each.Mean.ToDouble())],
            [.. steps.Select(step => step.Mean)]
        );
        Digits.Exact(
            [.. kept.Select(each => each.Variance.ToDouble())],
            [.. steps.Select(step => step.Variance)]
        );
    }

    /// <summary>Keras and PyTorch call opposite shares "momentum": with ρ = 1 − α the means agree, the variances do not.</summary>
    [Fact]
    public void Keras_and_pytorch_agree_on_means_alone()
    {
        var keras = History.BatchNorm(Conventions.Get("keras3"), 0, 0.25, s_histories[0]);
        var torch = History.BatchNorm(Conventions.Get("pytorch"), 0, 0.25, s_histories[0]);
        Assert.Equal(keras.Select(step => step.Mean), torch.Select(step => step.Mean));

        // m = 2, so each of PyTorch's variances is twice Keras's: the distance from Keras's state doubles, less v₀'s share.
        for (var t = 0; t < keras.Length; t++)
        {
            var share = Math.Pow(0.75, t + 1);
            Digits.Exact((2 * (keras[t].Variance - share)) + share, torch[t].Variance);
        }
    }

    /// <summary>The defaults: 0.99 is kept by Keras, 0.9 by PyTorch, ONNX and AlexeyAB's darknet; Caffe keeps 0.999.</summary>
    [Theory]
    [InlineData("keras3", 0.01)]
    [InlineData("tf-keras", 0.01)]
    [InlineData("flax", 0.01)]
    [InlineData("darknet", 0.01)]
    [InlineData("renorm-paper", 0.01)]
    [InlineData("pytorch", 0.1)]
    [InlineData("onnx", 0.1)]
    [InlineData("mlx", 0.1)]
    [InlineData("darknet-alexey", 0.1)]
    [InlineData("caffe", 0.001)]
    public void Default_weight_of_the_new_value(string convention, double weight) =>
        Assert.Equal(weight, Conventions.Get(convention).DefaultMomentum);
}
