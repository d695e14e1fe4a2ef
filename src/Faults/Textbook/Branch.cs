using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>Two code paths: one recipe where a condition on the problem holds, another one elsewhere.</summary>
internal sealed class Branch(Func<NormProblem, bool> when, IRecipe then, IRecipe otherwise)
    : IRecipe
{
    public void Compute(NormProblem problem, GroupMap map, TensorSet tensors) =>
        (when(problem) ? then : otherwise).Compute(problem, map, tensors);
}
