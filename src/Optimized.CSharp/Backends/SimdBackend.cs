using NormCheck.Contract;
using NormCheck.Optimized.Backends;

namespace NormCheck.Optimized;

/// <summary>Backends <c>simd</c> and <c>simd:fast</c>: <see cref="NormPlan"/> behind the interface of verification.</summary>
public sealed class SimdBackend(NormOptions? options = null) : INormBackend, IRepeatableBackend
{
    private readonly NormOptions _options = options ?? NormOptions.Default;

    public BackendDescription Description { get; } =
        CallGuards.Describe(options?.Tier == Tier.Fast ? "simd:fast" : "simd") with
        {
            Threads = options?.Threads is > 0 and var threads
                ? threads
                : Environment.ProcessorCount,
        };

    public string? Refuses(NormProblem problem) => CallGuards.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors) =>
        CallGuards.Run(
            problem,
            tensors,
            (problem, tensors) =>
            {
                using var call = new PinnedCall(new(problem, _options), tensors);
                call.Run();
            }
        );

    public IRepeatableCall? Prepare(NormProblem problem, TensorSet tensors)
    {
        IRepeatableCall? call = null;
        CallGuards.Run(
            problem,
            tensors,
            (problem, tensors) => call = new PinnedCall(new(problem, _options), tensors)
        );
        return call;
    }

    public void Dispose() { }
}
