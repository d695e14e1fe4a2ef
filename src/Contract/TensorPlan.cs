using System.Collections.Immutable;

namespace NormCheck.Contract;

/// <summary>What a call does with a tensor.</summary>
public enum TensorAccess
{
    Read,
    Write,

    /// <summary>Read, then overwritten: running statistics in training.</summary>
    Update,
}

/// <summary>One tensor of a call. Strides are in elements.</summary>
public sealed record TensorSpec(
    TensorRole Role,
    TensorAccess Access,
    DType DType,
    Shape Shape,
    ImmutableArray<long> Strides
)
{
    public bool IsInput => Access != TensorAccess.Write;

    public bool IsOutput => Access != TensorAccess.Read;
}

/// <summary>Which tensors a problem reads and writes, with their types, shapes and strides.</summary>
public static class TensorPlan
{
    public static IReadOnlyList<TensorSpec> For(NormProblem problem)
    {
        var plan = new List<TensorSpec>();
        var backward = problem.Pass.IsBackward();
        var inference = problem.Pass.IsInference();
        Data(TensorRole.X, TensorAccess.Read);
        if (backward)
        {
            Gradient();
            Data(TensorRole.Dx, TensorAccess.Write);
        }
        else
        {
            Data(TensorRole.Y, TensorAccess.Write);
        }

        if (problem.Affine.HasFlag(AffineParts.Scale))
        {
            Parameter(TensorRole.Gamma, TensorAccess.Read);
        }

        if (problem.Affine.HasFlag(AffineParts.Shift) && !backward)
        {
            Parameter(TensorRole.Beta, TensorAccess.Read);
        }

        if (backward && problem.Affine.HasFlag(AffineParts.Scale))
        {
            Parameter(TensorRole.DGamma, TensorAccess.Write);
        }

        if (backward && problem.Affine.HasFlag(AffineParts.Shift))
        {
            Parameter(TensorRole.DBeta, TensorAccess.Write);
        }

        // Renorm needs its running values in every pass: r and d are made from them.
        var renorm = problem.Op == NormOp.BatchRenorm;
        if (
            problem.Op.HasRunningStatistics()
            && (inference || renorm || (problem.Running && !backward))
        )
        {
            var access =
                problem.Pass == NormPass.ForwardTraining ? TensorAccess.Update : TensorAccess.Read;
            Channel(TensorRole.RunningMean, access);
            Channel(renorm ? TensorRole.RunningStd : TensorRole.RunningVar, access);
        }

        if (problem.Saved && !inference)
        {
            var access = backward ? TensorAccess.Read : TensorAccess.Write;
            if (problem.Op != NormOp.RmsNorm)
            {
                Statistic(TensorRole.SavedMean, access);
            }

            Statistic(TensorRole.SavedInvStd, access);
        }

        return plan;

        void Add(TensorRole role, TensorAccess access, DType dtype, Shape shape) =>
            plan.Add(
                new(role, access, dtype, shape, ImmutableArray.Create(shape.ContiguousStrides()))
            );

        void Data(TensorRole role, TensorAccess access) =>
            Add(role, access, problem.DType, problem.MemoryShape);

        void Parameter(TensorRole role, TensorAccess access) =>
            Add(role, access, problem.DType.ParameterType(), problem.ParameterShape);

        void Channel(TensorRole role, TensorAccess access) =>
            Add(role, access, problem.DType.ParameterType(), new Shape(problem.Channels));

        void Statistic(TensorRole role, TensorAccess access) =>
            Add(role, access, problem.DType.ParameterType(), problem.StatisticsShape);

        void Gradient()
        {
            var layout = problem.GradientLayout ?? problem.Layout;
            if (!problem.Op.HasChannels() || layout == problem.Layout)
            {
                Data(TensorRole.Dy, TensorAccess.Read);
                return;
            }

            plan.Add(
                new(
                    TensorRole.Dy,
                    TensorAccess.Read,
                    problem.DType,
                    problem.MemoryShape,
                    StridesOf(problem, layout)
                )
            );
        }
    }

    /// <summary>Strides, axis by axis of the problem's memory shape, of a tensor that lies in another layout.</summary>
    public static ImmutableArray<long> StridesOf(NormProblem problem, Layout layout)
    {
        var order = layout.AxisOrder(problem.Rank);
        var strides = problem.Shape.Permute(order).ContiguousStrides();
        return [.. problem.AxisOrder.Select(axis => strides[Array.IndexOf(order, axis)])];
    }
}
