using NormCheck.Contract;
using NormCheck.Optimized.Backends;
using NormCheck.Optimized.Scalar.Passes;

namespace NormCheck.Optimized;

/// <summary>
/// Backend <c>scalar</c>: plain sequential loops, the readable baseline. f32 arithmetic for f32, f16 and bf16 data, f64 for f64.
/// </summary>
public sealed class ScalarBackend : INormBackend
{
    public BackendDescription Description { get; } = CallGuards.Describe("scalar");

    public string? Refuses(NormProblem problem) => CallGuards.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors) =>
        CallGuards.Run(problem, tensors, PassSelection.Run);

    public void Dispose() { }
}
