using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Cli;

/// <summary>Layer norm that is twice what it should be: for <c>dotnet:NormCheck.Properties.dll#DoubledBackend</c>.</summary>
public sealed class DoubledBackend : INormBackend
{
    private readonly ScalarBackend _right = new();

    public BackendDescription Description { get; } =
        new()
        {
            Name = "doubled",
            Version = "1",
            Strides = true,
        };

    public string? Refuses(NormProblem problem) =>
        problem.Op == NormOp.RmsNorm ? "no RMS norm here" : _right.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        var outcome = _right.Run(problem, tensors);
        var role = problem.Pass.IsBackward() ? TensorRole.Dx : TensorRole.Y;
        var values = tensors.Require(role).ToDoubles();
        tensors.Require(role).CopyFrom([.. values.Select(value => 2 * value)]);
        return outcome;
    }

    public void Dispose() => _right.Dispose();
}

/// <summary>A class that cannot be made: for <c>dotnet:NormCheck.Properties.dll#StillbornBackend</c>.</summary>
public sealed class StillbornBackend : INormBackend
{
    public StillbornBackend() => throw new NotSupportedException("stillborn");

    public BackendDescription Description => throw new NotSupportedException();

    public string? Refuses(NormProblem problem) => null;

    public RunOutcome Run(NormProblem problem, TensorSet tensors) => RunOutcome.Completed;

    public void Dispose() { }
}
