using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Campaigns;

/// <summary>Findings that others bring with them.</summary>
internal static class Consequences
{
    /// <summary>
    /// Leaves out the laws that are broken only in cells whose outputs are wrong anyway, or whose calls end badly: they
    /// say nothing new. It is done after shards are merged too, since one may have seen what another explains.
    /// </summary>
    public static IReadOnlyList<T> Drop<T>(
        IEnumerable<T> findings,
        Func<T, Signature> signature,
        Func<T, IEnumerable<CaseCell>> cells
    )
    {
        var all = findings.ToArray();
        var wrong = all.Where(finding => signature(finding).Status != Signature.Lawless)
            .SelectMany(cells)
            .ToHashSet();
        return
        [
            .. all.Where(finding =>
                signature(finding).Status != Signature.Lawless
                || !cells(finding).All(wrong.Contains)
            ),
        ];
    }
}
