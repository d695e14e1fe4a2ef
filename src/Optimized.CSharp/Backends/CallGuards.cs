using NormCheck.Contract;

namespace NormCheck.Optimized.Backends;

/// <summary>What the backends of this assembly check before they compute, and how they describe themselves.</summary>
internal static class CallGuards
{
    public static BackendDescription Describe(string name) =>
        new()
        {
            Name = name,
            Version = typeof(CallGuards).Assembly.GetName().Version?.ToString(3) ?? "",
            Strides = true,
            InPlace = true,
        };

    /// <summary>Null where the problem can be done, otherwise the reason in one line.</summary>
    public static string? Refuses(NormProblem problem) => NormPlan.Refuses(problem);

    /// <summary>Runs the computation if the problem and the tensors fit it.</summary>
    public static RunOutcome Run(
        NormProblem problem,
        TensorSet tensors,
        Action<NormProblem, TensorSet> compute
    )
    {
        if (Refuses(problem) is { } reason)
        {
            return new(RunStatus.Unsupported, reason);
        }

        try
        {
            problem = problem.Validated();
        }
        catch (InputException exception)
        {
            return new(RunStatus.InvalidArgument, exception.Message);
        }

        if (
            TensorPlan
                .For(problem)
                .Select(spec => Misfit(spec, tensors))
                .FirstOrDefault(text => text is not null) is
            { } misfit
        )
        {
            return new(RunStatus.InvalidArgument, misfit);
        }

        compute(problem, tensors);
        return RunOutcome.Completed;
    }

    private static string? Misfit(TensorSpec spec, TensorSet tensors)
    {
        var expected = $"expected tensor {spec.Role.Name()} as {spec.DType.Word()} {spec.Shape}";
        return tensors[spec.Role] is not { } tensor ? $"{expected}, none was given"
            : tensor.DType != spec.DType || tensor.Shape != spec.Shape
                ? $"{expected}, got {tensor.DType.Word()} {tensor.Shape}"
            : null;
    }
}
