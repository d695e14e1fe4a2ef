using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Audit;

/// <summary>The data of other suites' tests, each from a description of their sources.</summary>
internal static class AuditFills
{
    /// <summary>x (and dy) by one distribution, γ and β by another.</summary>
    public static AuditFill Of(
        Func<SeededRandom, double> data,
        Func<SeededRandom, double> scale,
        Func<SeededRandom, double> shift
    ) =>
        (problem, role, random) =>
            role switch
            {
                TensorRole.X or TensorRole.Dy => Draw(problem.Shape.Count, random, data),
                TensorRole.Gamma => Draw(problem.ParameterShape.Count, random, scale),
                TensorRole.Beta => Draw(problem.ParameterShape.Count, random, shift),
                _ => null,
            };

    /// <summary>γ = 1 and β = 0, as modules are made.</summary>
    public static AuditFill Default(Func<SeededRandom, double> data) => Of(data, _ => 1, _ => 0);

    public static Func<SeededRandom, double> Uniform(double low, double high) =>
        random => random.Uniform(low, high);

    public static Func<SeededRandom, double> Normal(double scale = 1, double shift = 0) =>
        random => (scale * random.Normal()) + shift;

    /// <summary>±k/100 with k = 0 … 100. Source: MIOpen, gen_descreet_uniform_sign(1e-2, 100).</summary>
    public static double Hundredths(SeededRandom random) => (random.Below(201) - 100) / 100.0;

    /// <summary>
    /// Elements come in pairs m(1 + f), m(1 − f) with m = 2^(c mod 7)/4 and f a multiple of a power of two, so that every
    /// sum is exact in any order; nothing is random. Source: oneDNN, tests/benchdnn/bnorm, the algorithm for problems
    /// small enough (with 24 bits: up to 2¹⁶ elements a channel).
    /// </summary>
    public static double[]? Pairs(NormProblem problem, TensorRole role, SeededRandom random)
    {
        var channels = Enumerable.Range(0, problem.Channels);
        return role switch
        {
            TensorRole.X => Pairs(problem),
            TensorRole.Gamma => [.. channels.Select(Scale)],
            TensorRole.Beta => [.. channels.Select(c => ((c % 3) - 1) * Scale(c) / 64)],

            // With momentum 1 the running statistics are those of the batch.
            TensorRole.RunningMean => [.. channels.Select(_ => 0.0)],
            TensorRole.RunningVar => [.. channels.Select(_ => 1.0)],
            _ => null,
        };

        static double Scale(int channel) => Math.ScaleB(1, channel % 7) / 8;
    }

    private static double[] Pairs(NormProblem problem)
    {
        const int exactBits = 24;
        var count = (int)problem.GroupSize;
        var free = ((exactBits - (int)Math.Ceiling(Math.Log2(count))) / 2) - 1;
        var x = new double[problem.Shape.Count];
        var groups = Partitions.Of(problem).Groups;
        for (var channel = 0; channel < groups.Length; channel++)
        {
            var mean = Math.ScaleB(1, channel % 7) / 4;
            for (var k = 0; k < count; k++)
            {
                var l = k + (channel * 239 * 2);
                var f = Math.ScaleB((l / 2 * 1637) & ((1 << free) - 1), -free);
                var alone = count % 2 == 1 && k == count - 1;
                x[groups[channel][k]] = alone ? mean : mean * (l % 2 == 0 ? 1 + f : 1 - f);
            }
        }

        return x;
    }

    private static double[] Draw(long count, SeededRandom random, Func<SeededRandom, double> next)
    {
        var values = new double[count];
        foreach (ref var value in values.AsSpan())
        {
            value = next(random);
        }

        return values;
    }
}
