using NormCheck.Contract;
using NormCheck.Verification.Timing;

namespace NormCheck.Verification.Hosts;

/// <summary>A call that a program has prepared: it keeps the tensors, and only times travel until they are collected.</summary>
internal sealed class WireTimedCall(ProcessBackend backend, NormProblem problem) : ITimedCall
{
    public bool IsCompiledMeanwhile => false;

    public TimedRun Repeat(int repetitions)
    {
        var request = RunMessages.Request("repeat");
        request.Metadata["repetitions"] = $"{repetitions}";
        return backend.Timed(problem, request, repetitions, RunMessages.Outcome);
    }

    public CollectedOutputs Collect()
    {
        var outputs = new TensorSet();
        var outcome = backend.Exchange(
            problem,
            RunMessages.Request("collect"),
            answer => RunMessages.Accept(answer, problem, outputs)
        );
        return new(outcome, outcome.Status == RunStatus.Completed ? outputs : null);
    }

    /// <summary>The memory is given back; what a program says to that is of no interest.</summary>
    public void Dispose() =>
        _ = backend.Exchange(problem, RunMessages.Request("release"), RunMessages.Outcome);
}

/// <summary>A call of a program that knows <c>time</c> but not <c>prepare</c>: all tensors travel with every request.</summary>
internal sealed class ResentTimedCall : ITimedCall
{
    private readonly ProcessBackend _backend;
    private readonly NormProblem _problem;
    private readonly TensorSet _inputs;
    private TensorSet? _outputs;

    public bool IsCompiledMeanwhile => false;

    public ResentTimedCall(ProcessBackend backend, NormProblem problem, TensorSet inputs)
    {
        (_backend, _problem, _inputs) = (backend, problem, inputs);
    }

    public TimedRun Repeat(int repetitions)
    {
        _outputs = new TensorSet();
        foreach (var spec in TensorPlan.For(_problem))
        {
            _outputs[spec.Role] = spec.IsOutput
                ? _inputs[spec.Role]?.Clone() ?? new(spec.DType, spec.Shape, [.. spec.Strides])
                : _inputs[spec.Role];
        }

        return _backend.Time(_problem, _outputs, repetitions);
    }

    public CollectedOutputs Collect() => new(RunOutcome.Completed, _outputs);

    public void Dispose() => _outputs = null;
}
