using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// A backend made of recipes, one for f32, f16 and bf16 data and one for f64 data, and of what is done around them.
/// </summary>
internal sealed class TextbookBackend(
    BackendDescription description,
    IRecipe narrow,
    IRecipe wide,
    Tampering tampering
) : INormBackend
{
    public BackendDescription Description => description;

    /// <summary>What every textbook kernel can do.</summary>
    public static BackendDescription Describe(string name) =>
        new()
        {
            Name = name,
            Version = "1",
            Strides = true,
            InPlace = true,
        };

    public string? Refuses(NormProblem problem) =>
        !description.Ops.Contains(problem.Op) ? $"does not do {problem.Op.Word()}"
        : !description.Passes.Contains(problem.Pass)
            ? $"does not do {problem.Pass.Word(problem.Op)}"
        : !description.DTypes.Contains(problem.DType) ? $"does not do {problem.DType.Word()}"
        : Conventions.Contains(problem.Convention.Name) ? null
        : $"convention '{problem.Convention.Name}' is not one of {string.Join(", ", Conventions)}";

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
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

        foreach (var spec in TensorPlan.For(problem))
        {
            if (
                tensors[spec.Role] is not { } tensor
                || tensor.DType != spec.DType
                || tensor.Shape != spec.Shape
            )
            {
                var expected = $"expected tensor {spec.Role.Name()} as";
                return new(
                    RunStatus.InvalidArgument,
                    $"{expected} {spec.DType.Word()} {spec.Shape}"
                );
            }
        }

        var computed = tampering.Problem?.Invoke(problem) ?? problem;
        var map = new GroupMap(tampering.Grouping?.Invoke(computed) ?? computed);
        var given = tampering.Inputs?.Invoke(computed, tensors) ?? tensors;
        (problem.DType == DType.F64 ? wide : narrow).Compute(computed, map, given);
        tampering.Outputs?.Invoke(problem, tensors);
        return RunOutcome.Completed;
    }

    public void Dispose() { }

    /// <summary>What the steps of a recipe know how to follow.</summary>
    private IEnumerable<string> Conventions =>
        new[]
        {
            Contract.Conventions.Default.Name,
            "population",
            description.Convention,
        }.Distinct();
}
