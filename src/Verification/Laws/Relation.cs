using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Compares what must be equal or ordered, as far as it is known.</summary>
internal static class Relation
{
    /// <summary>Left and right are the same number.</summary>
    public static LawOutcome Equal(string what, IEnumerable<(Near Left, Near Right)> pairs) =>
        Check(what, "should be", pairs, difference => Math.Abs(difference));

    /// <summary>Left is at most right.</summary>
    public static LawOutcome AtMost(string what, IEnumerable<(Near Left, Near Right)> pairs) =>
        Check(what, "should be at most", pairs, difference => difference);

    /// <summary>An output of one call is that of another, element by element.</summary>
    public static LawOutcome Equal(TensorRole role, Reading left, Reading right) =>
        Equal(role.Name(), left.Near(role).Zip(right.Near(role)));

    private static LawOutcome Check(
        string what,
        string verb,
        IEnumerable<(Near Left, Near Right)> pairs,
        Func<double, double> excess
    )
    {
        var claims = false;
        var i = -1;
        foreach (var (left, right) in pairs)
        {
            i++;
            var difference = left - right;
            if (difference.IsUnknown)
            {
                continue;
            }

            claims = true;
            if (!(excess(difference.Value) <= difference.Error))
            {
                return LawOutcome.Broken(
                    $"{what}[{i}]: {ProblemText.Number(left.Value)} {verb} {ProblemText.Number(right.Value)} within {ProblemText.Number(difference.Error)}"
                );
            }
        }

        return claims ? LawOutcome.Holds : LawOutcome.Skip("nothing is claimed of this case");
    }
}
