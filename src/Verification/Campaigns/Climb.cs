using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Campaigns;

/// <summary>The best case of a search and its error/bound.</summary>
public sealed record ClimbResult(double Ratio, string Case, long Runs);

/// <summary>
/// A search that climbs on error/bound: from the worst of some random cases on, a case is changed a little (other values,
/// another ε, shape or data) and kept where the ratio grows. It shows that the bound is tight, and finds what random
/// cases miss.
/// </summary>
/// <param name="ratio">Runs a case and gives its error/bound.</param>
/// <param name="selection">Where cases are drawn from.</param>
/// <param name="seed">Another seed, another search.</param>
public sealed class Climb(Func<Case, double> ratio, CaseSelection selection, ulong seed)
{
    /// <summary>One run in so many explores before the search starts to climb.</summary>
    private const int Exploring = 5;

    /// <summary>Runs without progress after which the search starts again from another random case.</summary>
    private const int Patience = 120;

    public ClimbResult Run(long runs)
    {
        var generator = new CaseGenerator(selection, seed);
        var random = SeededRandom.For(seed, 0xC11B);
        var best = new ClimbResult(0, "", runs);
        Case? current = null;
        var height = 0.0;
        var stale = 0;
        for (long run = 0; run < runs; run++)
        {
            var restart = stale > Patience;
            var explore = restart || run * Exploring < Math.Min(runs, 20 * Exploring);
            var candidate =
                explore || current is null
                    ? generator[run]
                    : Neighbour(current, generator, run, random);
            var reached = ratio(candidate);
            if (current is null || restart || reached > height)
            {
                stale = restart ? 0 : stale / 2;
                (current, height) = (candidate, reached);
            }
            else
            {
                stale++;
            }

            if (reached > best.Ratio)
            {
                best = best with { Ratio = reached, Case = candidate.Text };
            }
        }

        return best;
    }

    /// <summary>A case that differs in one respect.</summary>
    private static Case Neighbour(
        Case start,
        CaseGenerator generator,
        long run,
        SeededRandom random
    )
    {
        var other = generator[run];
        var sameCell = CaseCell.Of(other.Problem) == CaseCell.Of(start.Problem);
        return random.Below(6) switch
        {
            0 => start with { Data = other.Data },
            1 => start with { Problem = start.Problem with { Epsilon = other.Problem.Epsilon } },
            2 => start with { Problem = start.Problem with { Affine = other.Problem.Affine } },
            3 when sameCell => start with { Problem = other.Problem },
            _ => start with { Seed = random.Bits() % 1_000_000 },
        };
    }
}
