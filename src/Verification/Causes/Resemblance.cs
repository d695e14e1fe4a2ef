using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Causes;

/// <summary>
/// How well a wrong formula explains wrong outputs. It decides about names, never about verdicts.
/// </summary>
internal static class Resemblance
{
    /// <summary>A formula that leaves more than this share of a deviation unexplained does not explain it.</summary>
    private const double Unexplained = 1.0 / 64;

    /// <summary>Where rounding may do more than this share, nothing can be told apart.</summary>
    private const double MostUsual = 1.0 / 4;

    /// <summary>
    /// The largest |actual − suspect| over all outputs, in units of what rounding and <see cref="Unexplained"/> allow: at
    /// most 1 where the suspect explains them. ∞ where one is a number and the other is not.
    /// </summary>
    public static double Misfit(
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        TensorSet actual,
        TensorSet suspect
    )
    {
        var worst = 0.0;
        foreach (var (role, wanted) in expected)
        {
            if (actual[role] is not { } tensor)
            {
                continue;
            }

            var storage = StorageType.Of(tensor.DType);
            var usual = Usual(wanted);
            var found = tensor.ToDoubles();
            var would = suspect.Require(role).ToDoubles();
            for (var i = 0; i < wanted.Length; i++)
            {
                if (wanted[i].Claim == Claim.Within)
                {
                    worst = Math.Max(worst, Misfit(wanted[i], found[i], would[i], usual, storage));
                }
            }
        }

        return worst;
    }

    /// <summary>
    /// What rounding may usually do to a number of the tensor, beside its size: a truth that is 0 by chance says nothing.
    /// </summary>
    private static double Usual(Expected[] wanted)
    {
        var (bounds, sizes) = (0.0, 0.0);
        foreach (var each in wanted.Where(each => each.Claim == Claim.Within))
        {
            bounds += each.Bound;
            sizes += Math.Abs(each.Truth.ToFloat());
        }

        return sizes > 0 ? Math.Min(bounds / sizes, MostUsual) : Unexplained;
    }

    private static double Misfit(
        Expected wanted,
        double found,
        double would,
        double usual,
        StorageType storage
    )
    {
        if (!double.IsFinite(found) || !double.IsFinite(would))
        {
            return double.IsFinite(found) == double.IsFinite(would) ? 0 : double.PositiveInfinity;
        }

        // The bound belongs to the truth; where the suspect's value is larger, so is what rounding may do to it.
        var truth = wanted.Truth.ToFloat();
        var own = truth == 0 ? 0 : Math.Min(wanted.Bound / Math.Abs(truth), Unexplained);
        var allowed =
            wanted.Bound
            + storage.Ulp(would)
            + (Math.Abs(would) * Math.Max(own, usual))
            + (Math.Abs(would - truth) * Unexplained);
        return Math.Abs(found - would) / allowed;
    }
}
