using NormCheck.Contract;
using NormCheck.Optimized.Backends;
using NormCheck.Optimized.Passes;
using NormCheck.Optimized.Rows;

namespace NormCheck.Optimized;

/// <summary>
/// Backend <c>simd</c>: the formulas of <c>scalar</c> on vector lanes, with every sum a balanced tree (contract pairwise).
/// </summary>
public sealed class SimdBackend : INormBackend
{
    public BackendDescription Description { get; } = CallGuards.Describe("simd");

    public string? Refuses(NormProblem problem) => CallGuards.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors) =>
        CallGuards.Run(problem, tensors, PassSelection.Run<VectorRow<float>, VectorRow<double>>);

    public void Dispose() { }
}
