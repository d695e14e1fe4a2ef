using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Cli.Backends;

/// <summary>
/// Backend <c>reference:CONVENTION</c>: the reference page in plain binary64 with one system's answers to every question
/// on which systems differ, whatever the caller's convention is. A black box for <c>identify</c>, and a stand-in for a
/// system that is not at hand. Systems that count steps go on where the running statistics are those handed out last.
/// </summary>
internal sealed class ConventionBackend(Convention convention) : INormBackend
{
    private readonly StepMemory _memory = new();

    public BackendDescription Description { get; } =
        new()
        {
            Name = $"reference:{convention.Name}",
            Version =
                typeof(Reference.Reference).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Strides = true,
            Convention = convention.Name,
        };

    /// <summary>True where the running statistics of training depend on the number of steps.</summary>
    private bool CountsSteps(NormOp op) =>
        op == NormOp.BatchRenorm
            ? convention.Renorm == RenormRule.FirstGeneration
            : convention.Running
                is RunningKind.Cumulative
                    or RunningKind.Debiased
                    or RunningKind.WeightedSums
                    or RunningKind.Population;

    public string? Refuses(NormProblem problem)
    {
        var own = Own(problem);
        if (own.ParameterShape != problem.ParameterShape)
        {
            return $"{convention.Name} has parameters of shape {own.ParameterShape}, got {problem.ParameterShape}";
        }

        if (problem.Pass == NormPass.ForwardTraining)
        {
            if (
                !convention.AllowsSingleElement
                && problem.Op == NormOp.BatchNorm
                && problem.GroupSize == 1
            )
            {
                return $"{convention.Name} wants more than one element a channel in training";
            }

            if (
                convention.Running == RunningKind.None
                && problem.Running
                && problem.Op == NormOp.BatchNorm
            )
            {
                return $"{convention.Name} keeps no running statistics";
            }
        }

        return
            problem.Op == NormOp.BatchRenorm && problem.Pass.IsBackward() && CountsSteps(problem.Op)
            ? $"{convention.Name} corrects by values that its forward passes count"
            : null;
    }

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        if (Refuses(problem) is { } reason)
        {
            return new(RunStatus.Unsupported, reason);
        }

        var own = Own(problem);
        var inputs = tensors.Clone();
        foreach (var (role, values) in Reference.Reference.Binary64(own, inputs))
        {
            tensors.Require(role).CopyFrom(values);
        }

        if (
            convention.CastPoint == CastPoint.BeforeAffine
            && own.Pass == NormPass.ForwardTraining
            && own.Op != NormOp.BatchRenorm
        )
        {
            AffineAfterCast(own, inputs, tensors.Require(TensorRole.Y));
        }

        if (
            own.Pass == NormPass.ForwardTraining
            && CountsSteps(own.Op)
            && tensors[TensorRole.RunningMean] is not null
        )
        {
            _memory.Step(own, inputs, tensors);
        }

        return RunOutcome.Completed;
    }

    public void Dispose() { }

    private NormProblem Own(NormProblem problem) => problem with { Convention = convention };

    /// <summary>γ·round(x̂) + β, where plain binary64 has no storage type to round to.</summary>
    private static void AffineAfterCast(NormProblem problem, TensorSet inputs, Tensor y)
    {
        var plain = inputs.Clone();
        (plain[TensorRole.Gamma], plain[TensorRole.Beta]) = (null, null);
        y.CopyFrom(
            Reference.Reference.Binary64(problem with { Affine = AffineParts.None }, plain)[
                TensorRole.Y
            ]
        );
        var normalized = y.ToDoubles();
        var gamma = inputs[TensorRole.Gamma]?.ToDoubles();
        var beta = inputs[TensorRole.Beta]?.ToDoubles();
        var slot = Partitions.Of(problem).Slot;
        for (var i = 0; i < normalized.Length; i++)
        {
            var scale = gamma is null ? 1 : gamma[slot[i]] + problem.Convention.GammaOffset;
            normalized[i] = (scale * normalized[i]) + (beta is null ? 0 : beta[slot[i]]);
        }

        y.CopyFrom(normalized);
    }
}
