using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Cases;

/// <summary>Turns a case into tensors: inputs filled, outputs allocated.</summary>
public static class CaseData
{
    /// <summary>All tensors of the case's plan.</summary>
    public static TensorSet Build(Case @case)
    {
        var problem = @case.Problem;
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            tensors[spec.Role] = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
        }

        var partition = Partitions.Of(problem);
        Fill(@case, tensors, TensorRole.X, () => X(@case, partition));
        var x = tensors.Require(TensorRole.X).ToDoubles();
        Fill(@case, tensors, TensorRole.Dy, () => Dy(@case, partition, x));
        Fill(@case, tensors, TensorRole.Gamma, () => Gamma(@case));
        Fill(@case, tensors, TensorRole.Beta, () => Beta(@case));
        Fill(
            @case,
            tensors,
            TensorRole.RunningMean,
            () => Running(@case, partition, x, TensorRole.RunningMean)
        );
        Fill(
            @case,
            tensors,
            TensorRole.RunningVar,
            () => Running(@case, partition, x, TensorRole.RunningVar)
        );
        Fill(
            @case,
            tensors,
            TensorRole.RunningStd,
            () => Running(@case, partition, x, TensorRole.RunningStd)
        );
        if (problem.Pass == NormPass.BackwardTraining && problem.Saved)
        {
            FillSaved(problem, tensors);
        }

        return tensors;
    }

    /// <summary>What a right forward would have saved: the truth, rounded to the statistics' type.</summary>
    internal static void FillSaved(NormProblem problem, TensorSet tensors)
    {
        var forward = problem with { Pass = NormPass.ForwardTraining, GradientLayout = null };
        var saved = Reference.Reference.DoubleDouble(forward, tensors);
        foreach (var role in new[] { TensorRole.SavedMean, TensorRole.SavedInvStd })
        {
            tensors[role]?.CopyFrom([.. saved[role].Select(value => value.ToFloat())]);
        }
    }

    private static void Fill(Case @case, TensorSet tensors, TensorRole role, Func<double[]> draw)
    {
        if (
            tensors[role] is { } tensor
            && TensorPlan.For(@case.Problem).Any(s => s.Role == role && s.IsInput)
        )
        {
            tensor.CopyFrom(
                @case.Values.TryGetValue(role, out var values) ? values.AsSpan() : draw()
            );
        }
    }

    private static SeededRandom Stream(Case @case, TensorRole role, int part = 0) =>
        SeededRandom.For(@case.Seed, (ulong)role, (ulong)part);

    private static double[] X(Case @case, Partition partition)
    {
        var fill = @case.Data.Class.Create(@case.Data.Arguments, @case.Problem);
        var x = new double[@case.Problem.Shape.Count];
        for (var group = 0; group < partition.Groups.Length; group++)
        {
            var members = partition.Groups[group];
            var values = new double[members.Length];
            fill(group, values, Stream(@case, TensorRole.X, group));
            for (var k = 0; k < members.Length; k++)
            {
                x[members[k]] = values[k];
            }
        }

        return x;
    }

    /// <summary>A gradient with a sum that is not 0 and a correlation with x̂: dy = 1 would make every term vanish.</summary>
    private static double[] Dy(Case @case, Partition partition, double[] x)
    {
        var dy = new double[x.Length];
        for (var group = 0; group < partition.Groups.Length; group++)
        {
            var members = partition.Groups[group];
            var random = Stream(@case, TensorRole.Dy, group);
            var (mean, std) = Spread(members, x);
            foreach (var i in members)
            {
                var normalized = std > 0 && double.IsFinite(std) ? (x[i] - mean) / std : 0;
                dy[i] = 0.25 + random.Normal() + (0.5 * normalized);
            }
        }

        return dy;
    }

    /// <summary>Mixed signs and, once in eight, exactly 0.</summary>
    private static double[] Gamma(Case @case)
    {
        var random = Stream(@case, TensorRole.Gamma);
        return Draw(
            @case.Problem.ParameterShape.Count,
            () =>
            {
                var size = random.Uniform(0.25, 2);
                return random.Chance(0.125) ? 0
                    : random.Chance(0.5) ? size
                    : -size;
            }
        );
    }

    private static double[] Beta(Case @case)
    {
        var random = Stream(@case, TensorRole.Beta);
        return Draw(@case.Problem.ParameterShape.Count, random.Normal);
    }

    /// <summary>Statistics near the batch's own but off by up to some σ, so that renorm clips in some channels only.</summary>
    private static double[] Running(Case @case, Partition partition, double[] x, TensorRole role)
    {
        var perChannel = @case.Problem.Channels;
        var values = new double[perChannel];
        for (var channel = 0; channel < perChannel; channel++)
        {
            var random = Stream(@case, TensorRole.RunningMean, channel);
            var (mean, std) = Spread(partition.Groups[channel], x);
            if (!double.IsFinite(mean) || !double.IsFinite(std))
            {
                (mean, std) = (0.25, 1);
            }

            std = Math.Max(std, 1e-3 * Math.Max(1, Math.Abs(mean)) * 1e-3);
            var shift = random.Normal();
            var factor = Math.ScaleB(1 + random.Uniform(), random.Below(5) - 2);
            values[channel] = role switch
            {
                TensorRole.RunningMean => mean + (std * shift),
                TensorRole.RunningVar => std * std * factor * factor,
                _ => std * factor,
            };
        }

        return values;
    }

    private static double[] Draw(long count, Func<double> next)
    {
        var values = new double[count];
        foreach (ref var value in values.AsSpan())
        {
            value = next();
        }

        return values;
    }

    private static (double Mean, double Std) Spread(int[] members, double[] x)
    {
        if (members.Length == 0)
        {
            return (0, 1);
        }

        double mean = 0;
        foreach (var i in members)
        {
            mean += x[i] / members.Length;
        }

        double squares = 0;
        foreach (var i in members)
        {
            squares += (x[i] - mean) * (x[i] - mean) / members.Length;
        }

        return (mean, Math.Sqrt(squares));
    }
}
