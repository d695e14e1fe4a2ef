namespace NormCheck.Contract;

/// <summary>Anything that computes normalizations: a class in this process, a library, a program.</summary>
public interface INormBackend : IDisposable
{
    BackendDescription Description { get; }

    /// <summary>Null where the backend does this problem, otherwise the reason why not.</summary>
    string? Refuses(NormProblem problem);

    /// <summary>
    /// Reads the input tensors that <see cref="TensorPlan.For"/> lists for the problem and writes the output
    /// tensors, which are allocated (and filled with poison) by the caller.
    /// </summary>
    RunOutcome Run(NormProblem problem, TensorSet tensors);
}
