using NormCheck.Contract;
using NormCheck.Optimized.Dispatch;
using NormCheck.Optimized.Plans;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized;

/// <summary>
/// A problem prepared for any number of calls: loops chosen, scratch memory allocated. Calls of one plan must not overlap;
/// plans of their own may run at the same time.
/// </summary>
public sealed partial class NormPlan : IDisposable
{
    private static readonly string[] s_conventions = [Conventions.Default.Name, "population"];

    private readonly Execution _execution;

    /// <exception cref="InputException">The problem makes no sense, or is not one of those that are computed here.</exception>
    public NormPlan(NormProblem problem, NormOptions? options = null)
    {
        if (Refuses(problem) is { } reason)
        {
            throw new InputException(reason);
        }

        options = (options ?? NormOptions.Default).Validated();
        Problem = problem.Validated();
        _lengths = new(Problem);
        Options = options;
        var width = VectorWidth.Select(options.MostVectorBits);
        VectorBits = width.Bits;
        var threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        _execution = width.Create(Problem, options.Tier, new(WorkerSet.Shared, threads));
    }

    public NormProblem Problem { get; }

    public NormOptions Options { get; }

    /// <summary>Bits of the vector registers that this plan uses; 0: none.</summary>
    public int VectorBits { get; }

    /// <summary>Null where the problem can be computed, otherwise the reason in one line.</summary>
    public static string? Refuses(NormProblem problem) =>
        s_conventions.Contains(problem.Convention.Name)
            ? null
            : $"convention '{problem.Convention.Name}' is not one of {string.Join(", ", s_conventions)}";

    public void Dispose()
    {
        _disposed = true;
        _execution.Dispose();
    }

    internal void Run(in Buffers buffers) => _execution.Run(buffers);
}
