using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Golden;

/// <summary>The renorms, step by step (design notes, sections 1.2, 2.4, 2.5 and 10).</summary>
public class RenormExamples
{
    private static readonly double[][] s_batches =
    [
        [1, 3],
        [2, 8],
        [-1, 5],
    ];

    /// <summary>Keras 3, first step, no clip: the layer is the identity, for σ_r = 1 and mean 0.</summary>
    [Fact]
    public void The_second_generation_starts_as_the_identity()
    {
        var step = History.BatchRenorm(Conventions.Get("keras3"), 1e-3, 0.01, 0.01, s_batches)[0];
        Digits.Exact([1, 3], step.Y);
        Digits.Exact(Math.Sqrt(1.001), step.R);
        Digits.Exact(2, step.D);
    }

    /// <summary>No σ is below √ε, not even the 1 that it starts with where ε = 4: r = √5/2, d = 2/2.</summary>
    [Fact]
    public void The_second_generation_has_a_floor_under_sigma()
    {
        var step = History.BatchRenorm(Conventions.Get("keras3"), 4, 0.01, 0.01, s_batches)[0];
        Digits.Exact(Math.Sqrt(5) / 2, step.R);
        Digits.Exact(1, step.D);
    }

    /// <summary>With equal momenta, training at step t gives what inference gave before it, from step 2 on.</summary>
    [Fact]
    public void The_second_generation_trains_as_it_infers()
    {
        const double Epsilon = 1e-3;
        var steps = History.BatchRenorm(Conventions.Get("keras3"), Epsilon, 0.2, 0.2, s_batches);
        for (var t = 1; t < steps.Length; t++)
        {
            var before = steps[t - 1];
            var std = Math.Sqrt(before.Variance + Epsilon);
            Digits.Exact([.. s_batches[t].Select(x => (x - before.Mean) / std)], steps[t].Y);
        }
    }

    /// <summary>σ_B = √1.001, moving_stddev = 0.99 + 0.01·σ_B, moving_variance = its square − ε.</summary>
    [Fact]
    public void The_second_generation_averages_the_standard_deviation()
    {
        var step = History.BatchRenorm(Conventions.Get("keras3"), 1e-3, 0.01, 0.01, s_batches)[0];
        var std = 0.99 + (0.01 * Math.Sqrt(1.001));
        Digits.Exact((std * std) - 1e-3, step.Variance);
        Digits.Exact(0.02, step.Mean);
    }

    /// <summary>TF 1.x: the first step is plain batch norm, r = 1 and d = 0; moving variance is α·(σ_B² − ε).</summary>
    [Fact]
    public void The_first_generation_starts_as_batch_norm()
    {
        var step = History.BatchRenorm(Conventions.Get("tf1-renorm"), 1e-3, 0.01, 0.25, s_batches)[
            0
        ];
        Digits.Exact(1, step.R);
        Digits.Exact(0, step.D);
        Digits.Exact(0.25 * 1, step.Variance);
        Digits.Exact(0.25 * 2, step.Mean);
    }

    /// <summary>
    /// Second step with ρ_r = ½: renorm_mean = 1, weight = ½ before it, so μ̃ = 1 + ½·5 = 3.5; after it
    /// (½·1 + ½·5)/(¾) = 4, smoothed again with ½: ½·(½·2) + ½·4 = 2.5.
    /// </summary>
    [Fact]
    public void The_first_generation_smooths_twice()
    {
        var steps = History.BatchRenorm(
            Conventions.Get("tf1-renorm"),
            0,
            0.5,
            0.5,
            [
                [1, 3],
                [2, 8],
            ]
        );
        // σ_B = 1 then 3: σ̃ = ½·1 + ½·3 = 2.
        Digits.Exact(3.0 / 2, steps[1].R);
        Digits.Exact((5 - 3.5) / 2, steps[1].D);
        Digits.Exact(2.5, steps[1].Mean);
        // (½·½ + ½·3)/¾ = 7/3; ½·(½·1) + ½·(7/3)².
        Digits.Exact(0.25 + (0.5 * 49 / 9), steps[1].Variance);
    }

    /// <summary>The paper: from (0, 1), α = 0.01; inference divides by the averaged σ without another ε.</summary>
    [Fact]
    public void The_paper_averages_sigma()
    {
        var step = History.BatchRenorm(
            Conventions.Get("renorm-paper"),
            1e-3,
            0.01,
            0.01,
            s_batches
        )[0];
        var std = 0.99 + (0.01 * Math.Sqrt(1.001));
        Digits.Exact(std * std, step.Variance);
        Digits.Exact([1, 3], step.Y);
    }

    /// <summary>tensorflow's schedule 1 − 0.8^(t/10): the kept shares that the design notes print.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.022)]
    [InlineData(10, 0.2)]
    [InlineData(50, 0.672)]
    [InlineData(100, 0.893)]
    [InlineData(200, 0.9885)]
    [InlineData(300, 0.9988)]
    public void The_exponential_schedule_keeps(int step, double kept)
    {
        var momentum = Math.Pow(0.8, step / 10.0);
        var digits = kept is 0
            ? 1
            : kept.ToString(System.Globalization.CultureInfo.InvariantCulture)
                .TrimStart('0', '.')
                .Length;
        Digits.Same(kept, 1 - momentum, digits);

        // The weight of the initial value after one such step is what is kept.
        var convention = Conventions.Get("keras3") with
        {
            InitialMean = 1,
        };
        Digits.Same(
            kept,
            History
                .BatchNorm(
                    convention,
                    1e-3,
                    momentum,
                    [
                        [0, 0],
                    ]
                )[0]
                .Mean,
            digits
        );
    }
}
