using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>A backend made of recipes: one for f32, f16 and bf16 data, one for f64 data.</summary>
internal sealed class TextbookBackend(string name, IRecipe narrow, IRecipe wide) : INormBackend
{
    private static readonly string[] s_conventions = [Conventions.Default.Name, "population"];

    public BackendDescription Description { get; } =
        new()
        {
            Name = name,
            Version = "1",
            Strides = true,
            InPlace = true,
        };

    public string? Refuses(NormProblem problem) =>
        s_conventions.Contains(problem.Convention.Name)
            ? null
            : $"convention '{problem.Convention.Name}' is not one of {string.Join(", ", s_conventions)}";

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

        (problem.DType == DType.F64 ? wide : narrow).Compute(problem, tensors);
        return RunOutcome.Completed;
    }

    public void Dispose() { }
}
