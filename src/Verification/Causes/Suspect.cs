using NormCheck.Contract;
using NormCheck.Faults.Wrong;

namespace NormCheck.Verification.Causes;

/// <summary>A wrong formula that is known, and a kernel that follows it in binary64.</summary>
internal sealed record Suspect(Cause Cause, INormBackend Kernel)
{
    // The kernels keep state between calls, so every thread has its own.
    [ThreadStatic]
    private static Suspect[]? t_all;

    /// <summary>The most particular first: of several that fit, the first is named.</summary>
    public static IReadOnlyList<Suspect> All =>
        t_all ??= [
            .. FormulaCatalogue.All.Select(formula => new Suspect(
                new(formula.Id, formula.Sentence),
                formula.Start()
            )),
        ];
}
