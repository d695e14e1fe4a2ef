using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Laws;

/// <summary>
/// The plain kernels behind a reader of problem texts, as a host in another process has: a problem that its own text does
/// not give back is an invalid argument.
/// </summary>
internal sealed class ReadingBackend : INormBackend
{
    private readonly ScalarBackend _kernels = new();

    public BackendDescription Description { get; } = new ScalarBackend().Description;

    public string? Refuses(NormProblem problem) => _kernels.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        try
        {
            var text = ProblemText.Print(problem);
            var read = ProblemText.Parse(text.Split(' '), out var rest);
            return read == problem && rest.Count == 0
                ? _kernels.Run(problem, tensors)
                : new(RunStatus.InvalidArgument, $"'{text}' is read as {read}");
        }
        catch (InputException error)
        {
            return new(RunStatus.InvalidArgument, error.Message);
        }
    }

    public void Dispose() => _kernels.Dispose();
}
