using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>A problem as the call of a static class that computes it.</summary>
internal static partial class StaticCalls
{
    /// <summary>The problem with what static calls have: β in all ops but RMS norm.</summary>
    public static NormProblem Expressible(NormProblem problem) =>
        problem.Op == NormOp.RmsNorm
            ? problem with
            {
                Affine = problem.Affine & AffineParts.Scale,
            }
            : problem;

    public static void Run(NormProblem problem, TensorSet tensors, Tier tier, int threads)
    {
        switch (problem.DType)
        {
            case DType.F64:
                new OfDoubles(problem, tensors, tier, threads).Run();
                break;
            case DType.F32:
                new OfFloats<float>(problem, tensors, tier, threads).Run();
                break;
            case DType.F16:
                new OfFloats<Half>(problem, tensors, tier, threads).Run();
                break;
            default:
                new OfFloats<BFloat16>(problem, tensors, tier, threads).Run();
                break;
        }
    }

    public static ChannelShape ShapeOf(NormProblem problem) =>
        new(
            problem.Shape[0],
            problem.Channels,
            (int)(problem.Shape.Count / problem.Shape[0] / problem.Channels),
            problem.Layout
        );

    /// <summary>Without a <see cref="Shape"/> on the way: the calls are watched for allocations.</summary>
    private static (int Rows, int Length) RowsOf(NormProblem problem)
    {
        var length = 1;
        for (var axis = problem.Axis; axis < problem.Rank; axis++)
        {
            length *= problem.Shape[axis];
        }

        return ((int)(problem.Shape.Count / length), length);
    }
}
