using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>Tensors for tests that compare bits: any numbers do, as long as they round everywhere and are the same in every run.</summary>
internal static class Seeded
{
    /// <param name="misledGroups">
    /// True where every third saved mean is far off: the kernels of Faithful take it as a hint and have to find out.
    /// </param>
    public static TensorSet Tensors(NormProblem problem, int seed = 71, bool misledGroups = false)
    {
        var random = new Random(seed);
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            tensors[spec.Role] = tensor;
            if (spec.IsInput)
            {
                Func<double> draw = spec.Role switch
                {
                    TensorRole.X => () => 3 + Bell(random),
                    TensorRole.RunningVar or TensorRole.RunningStd => () =>
                        0.5 + random.NextDouble(),
                    _ => () => Bell(random),
                };
                var values = new double[tensor.Count];
                foreach (ref var value in values.AsSpan())
                {
                    value = draw();
                }

                tensor.CopyFrom(values);
            }
        }

        if (problem.Pass == NormPass.BackwardTraining && problem.Saved)
        {
            Save(problem, tensors, misledGroups);
        }

        return tensors;
    }

    private static void Save(NormProblem problem, TensorSet tensors, bool misledGroups)
    {
        var forward = problem with { Pass = NormPass.ForwardTraining };
        var own = new TensorSet();
        foreach (var spec in TensorPlan.For(forward))
        {
            own[spec.Role] = spec.IsInput
                ? tensors[spec.Role]?.Clone() ?? new Tensor(spec.DType, spec.Shape)
                : new Tensor(spec.DType, spec.Shape);
        }

        using var backend = new SimdBackend(new() { Threads = 1 });
        Assert.Equal(RunOutcome.Completed, backend.Run(forward, own));
        foreach (var role in new[] { TensorRole.SavedMean, TensorRole.SavedInvStd })
        {
            if (tensors[role] is { } tensor)
            {
                tensor.CopyFrom(own.Require(role).ToDoubles());
            }
        }

        if (misledGroups && tensors[TensorRole.SavedMean] is { } means)
        {
            for (long group = 1; group < means.Count; group += 3)
            {
                means.Write(group, means.Read(group) + 1000);
            }
        }
    }

    private static double Bell(Random random) =>
        random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
}
