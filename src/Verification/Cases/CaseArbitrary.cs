using FsCheck;
using FsCheck.Fluent;

namespace NormCheck.Verification.Cases;

/// <summary>Cases for FsCheck: the same generator and the same shrinker as in campaigns.</summary>
public static class CaseArbitrary
{
    /// <summary>Cases of a selection, shrunk by <see cref="CaseShrinker"/>.</summary>
    public static Arbitrary<Case> For(CaseSelection selection)
    {
        var cells = selection.Cells().Count;
        var generator =
            from seed in Gen.Choose(0, int.MaxValue)
            from index in Gen.Choose(0, cells - 1)
            select new CaseGenerator(selection, (ulong)seed)[index];
        return Arb.From(generator, CaseShrinker.Shrink);
    }

    /// <summary>
    /// Follows FsCheck's shrinker down to a case that still holds the condition and whose simpler neighbours do not, or
    /// until the number of tries is used up.
    /// </summary>
    public static Case Minimize(Case start, Func<Case, bool> condition, int tries)
    {
        var arbitrary = Arb.From(Gen.Constant(start), CaseShrinker.Shrink);
        var best = start;
        var improved = true;
        while (improved && tries > 0)
        {
            improved = false;
            foreach (var candidate in arbitrary.Shrinker(best))
            {
                if (tries-- <= 0)
                {
                    break;
                }

                if (condition(candidate))
                {
                    best = candidate;
                    improved = true;
                    break;
                }
            }
        }

        return best;
    }
}
