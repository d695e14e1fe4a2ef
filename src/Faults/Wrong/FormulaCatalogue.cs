using NormCheck.Contract;

namespace NormCheck.Faults.Wrong;

/// <summary>A wrong formula that outputs can be compared with.</summary>
/// <param name="Id">What findings call it.</param>
/// <param name="Sentence">What a kernel does that follows it.</param>
/// <param name="Start">A kernel that follows it in binary64, in every op, pass and type.</param>
public sealed record Formula(string Id, string Sentence, Func<INormBackend> Start);

/// <summary>
/// The family of wrong formulas that a diagnosis knows: one fault of the catalogue for each, under the name that findings
/// use. Those that coincide with others on small cases come later.
/// </summary>
public static class FormulaCatalogue
{
    public static IReadOnlyList<Formula> All { get; } =
    [Of("epsilon-outside-root", "eps-01"), Of("epsilon-floor", "eps-05")];

    private static Formula Of(string id, string faultId)
    {
        var fault = FaultCatalogue.Get(faultId);
        return new(id, fault.Story, fault.Everywhere!);
    }
}
