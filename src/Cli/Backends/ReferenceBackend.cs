using NormCheck.Contract;

namespace NormCheck.Cli.Backends;

/// <summary>
/// Backend <c>reference</c>: the reference page read in plain binary64, every output rounded once to its type.
/// </summary>
internal sealed class ReferenceBackend : INormBackend
{
    public BackendDescription Description { get; } =
        new()
        {
            Name = "reference",
            Version =
                typeof(Reference.Reference).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Strides = true,
        };

    public string? Refuses(NormProblem problem) => null;

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        foreach (var (role, values) in Reference.Reference.Binary64(problem, tensors))
        {
            tensors.Require(role).CopyFrom(values);
        }

        return RunOutcome.Completed;
    }

    public void Dispose() { }
}
