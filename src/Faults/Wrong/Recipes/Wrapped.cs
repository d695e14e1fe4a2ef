using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>What a wrong kernel does about one call of a right one.</summary>
internal delegate void WrongCall(
    IRecipe right,
    NormProblem problem,
    GroupMap map,
    TensorSet tensors
);

/// <summary>The right recipe with a call of its own around it; state lives in the closure, so in one backend.</summary>
internal sealed class Wrapped(IRecipe right, WrongCall call) : IRecipe
{
    public void Compute(NormProblem problem, GroupMap map, TensorSet tensors) =>
        call(right, problem, map, tensors);

    /// <summary>A fault whose every backend gets a call, and with it state, of its own.</summary>
    public static Fault Fault(
        string id,
        FaultClass kind,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Func<WrongCall> call,
        DType[]? dtypes = null
    ) =>
        Make.Fault(
            id,
            kind,
            story,
            links,
            ops,
            passes,
            () => new Wrapped(new Recipe<float>(), call()),
            () => new Wrapped(new Recipe<double>(), call()),
            dtypes: dtypes
        );
}
