using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Audit;

/// <summary>Outputs that a kernel can give without computing a norm. A tolerance that accepts one says nothing.</summary>
internal static class TrivialOutputs
{
    private const string Zeros = "all zeros";
    private const string NotANumber = "NaN everywhere";

    /// <summary>For every kind, the values of each output of the problem, before rounding.</summary>
    public static IEnumerable<(string Description, Func<TensorSpec, double[]> Values)> Of(
        NormProblem problem,
        TensorSet inputs,
        (double Mean, double Variance) nominal
    )
    {
        yield return (Zeros, spec => Constant(spec, 0));
        yield return (NotANumber, spec => Constant(spec, double.NaN));
        if (problem.Pass.IsBackward())
        {
            var dy = inputs.Require(TensorRole.Dy).ToDoubles();
            yield return ("dx = dy", spec => spec.Role == TensorRole.Dx ? dy : Constant(spec, 0));
            yield break;
        }

        var (mean, variance) = nominal;
        var partition = Partitions.Of(problem);
        var x = inputs.Require(TensorRole.X).ToDoubles();
        var gamma = Parameter(inputs, TensorRole.Gamma, partition, 1);
        var beta = Parameter(inputs, TensorRole.Beta, partition, 0);
        var fixedStatistics = partition.Groups.Select(_ => (mean, variance)).ToArray();

        double[] With(TensorSpec spec, double[] y, (double Mean, double Variance)[] statistics) =>
            spec.Role == TensorRole.Y ? y : Statistic(problem, inputs, spec, statistics);

        if (beta.Any(value => value != 0))
        {
            yield return ("beta only", spec => With(spec, beta, fixedStatistics));
        }

        yield return ("x itself", spec => With(spec, x, fixedStatistics));
        var constant = Normalize(problem, partition, x, gamma, beta, fixedStatistics);
        yield return (
            FormattableString.Invariant(
                $"constant statistics (mean {mean:0.###}, variance {variance:0.####})"
            ),
            spec => With(spec, constant, fixedStatistics)
        );
        var halves = partition
            .Groups.Select(group => Moments(x, group.AsSpan(0, (group.Length + 1) / 2)))
            .ToArray();
        var half = Normalize(problem, partition, x, gamma, beta, halves);
        yield return ("statistics of the first half", spec => With(spec, half, halves));
    }

    private static double[] Constant(TensorSpec spec, double value)
    {
        var values = new double[spec.Shape.Count];
        Array.Fill(values, value);
        return values;
    }

    private static double[] Parameter(
        TensorSet inputs,
        TensorRole role,
        Partition partition,
        double absent
    )
    {
        var values = inputs[role]?.ToDoubles();
        return [.. partition.Slot.Select(slot => values is null ? absent : values[slot])];
    }

    private static (double Mean, double Variance) Moments(double[] x, ReadOnlySpan<int> members)
    {
        var (mean, variance) = (0.0, 0.0);
        foreach (var i in members)
        {
            mean += x[i] / members.Length;
        }

        foreach (var i in members)
        {
            variance += (x[i] - mean) * (x[i] - mean) / members.Length;
        }

        return (mean, variance);
    }

    private static double[] Normalize(
        NormProblem problem,
        Partition partition,
        double[] x,
        double[] gamma,
        double[] beta,
        (double Mean, double Variance)[] statistics
    )
    {
        var y = new double[x.Length];
        for (var group = 0; group < statistics.Length; group++)
        {
            var (mean, variance) = statistics[group];
            if (problem.Op == NormOp.RmsNorm)
            {
                (mean, variance) = (0, variance + (mean * mean));
            }

            var scale = 1 / Math.Sqrt(variance + problem.Epsilon);
            foreach (var i in partition.Groups[group])
            {
                y[i] = (gamma[i] * (x[i] - mean) * scale) + beta[i];
            }
        }

        return y;
    }

    private static double[] Statistic(
        NormProblem problem,
        TensorSet inputs,
        TensorSpec spec,
        (double Mean, double Variance)[] statistics
    )
    {
        double Blend(int group, double latest) =>
            ((1 - problem.Momentum) * inputs.Require(spec.Role).ToDoubles()[group])
            + (problem.Momentum * latest);

        double One(int group) =>
            spec.Role switch
            {
                TensorRole.SavedMean => statistics[group].Mean,
                TensorRole.RunningMean => Blend(group, statistics[group].Mean),
                TensorRole.RunningVar => Blend(group, statistics[group].Variance),
                TensorRole.RunningStd => Blend(
                    group,
                    Math.Sqrt(statistics[group].Variance + problem.Epsilon)
                ),
                _ => 1 / Math.Sqrt(statistics[group].Variance + problem.Epsilon),
            };

        return [.. Enumerable.Range(0, statistics.Length).Select(One)];
    }
}
