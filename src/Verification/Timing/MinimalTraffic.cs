using NormCheck.Contract;

namespace NormCheck.Verification.Timing;

/// <summary>The bytes that every implementation must move: each input once in, each output once out.</summary>
public static class MinimalTraffic
{
    /// <summary>
    /// Forward: x and y; backward: x, dy and dx; parameters and statistics as the problem has them, what is updated counted
    /// twice. An implementation that reads x again from memory moves more; it is still measured by this.
    /// </summary>
    public static long Bytes(NormProblem problem) =>
        TensorPlan
            .For(problem)
            .Sum(spec =>
                spec.Shape.Count * spec.DType.Size() * (spec.Access == TensorAccess.Update ? 2 : 1)
            );

    /// <summary>Bytes of x alone.</summary>
    public static long TensorBytes(NormProblem problem) =>
        problem.Shape.Count * problem.DType.Size();
}
