using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>The words for an ε rule.</summary>
internal static class EpsilonWords
{
    public static string Of(EpsilonRule rule)
    {
        var place = rule.Placement switch
        {
            EpsilonPlacement.InsideRoot => "√(v + ε)",
            EpsilonPlacement.OutsideRoot => "√v + ε",
            _ => "√v, ε unused",
        };
        return rule.Placement == EpsilonPlacement.Absent ? place
            : rule.Fixed is { } value
                ? $"{place} with ε = {ProblemText.Number(value)} whatever is given"
            : rule.Floor > 0 ? $"{place} with ε at least {ProblemText.Number(rule.Floor)}"
            : place;
    }
}
