using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Recordings;

/// <summary>Runs cases on a backend and keeps the bits.</summary>
public static class Recorder
{
    /// <summary>
    /// The vector of a case, or the reason why there is none: declined, failed, or not the same bits when it is run again.
    /// </summary>
    public static (RecordedVector? Vector, string Reason) Record(INormBackend backend, Case @case)
    {
        if (backend.Refuses(@case.Problem) is { } refusal)
        {
            return (null, refusal);
        }

        var tensors = CaseData.Build(@case);
        var (first, reason) = Run(backend, @case.Problem, tensors);
        if (first is null)
        {
            return (null, reason);
        }

        var vector = new RecordedVector(@case, Inputs(@case.Problem, tensors), first);
        var (second, _) = Run(backend, @case.Problem, tensors);
        return second is null || vector.Differences(second).Count > 0
            ? (null, "gives other bits when it is run again")
            : (vector, "");
    }

    /// <summary>What the backend gives for a recorded vector's inputs now; null and the reason where it does not run.</summary>
    public static (TensorSet? Outputs, string Reason) Replay(
        INormBackend backend,
        RecordedVector vector
    ) =>
        backend.Refuses(vector.Case.Problem) is { } refusal
            ? (null, refusal)
            : Run(backend, vector.Case.Problem, vector.Inputs);

    private static (TensorSet? Outputs, string Reason) Run(
        INormBackend backend,
        NormProblem problem,
        TensorSet given
    )
    {
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            if (spec.IsInput)
            {
                // Exact: given values are of the plan's type already.
                tensor.CopyFrom(given.Require(spec.Role).ToDoubles());
            }

            tensors[spec.Role] = tensor;
        }

        var outcome = backend.Run(problem, tensors);
        if (outcome.Status != RunStatus.Completed)
        {
            return (null, $"{outcome.Status}: {outcome.Message}");
        }

        var outputs = new TensorSet();
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            outputs[spec.Role] = tensors[spec.Role];
        }

        return (outputs, "");
    }

    private static TensorSet Inputs(NormProblem problem, TensorSet tensors)
    {
        var inputs = new TensorSet();
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsInput))
        {
            inputs[spec.Role] = tensors.Require(spec.Role).Clone();
        }

        return inputs;
    }
}
