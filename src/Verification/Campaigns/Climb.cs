using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>The best case of a search and its error/bound.</summary>
public sealed record ClimbResult(double Ratio, string Case, long Runs);

/// <summary>
/// A search that climbs on error/bound: from the worst random case on, a case is changed a little (other values, another
/// ε, shape or data) and kept where the ratio grows. Shows that the bound is tight, and finds what random cases miss.
/// </summary>
public sealed class Climb(
    INormBackend backend,
    ContractLevel level,
    CaseSelection selection,
    ulong seed
)
{
    /// <summary>Runs without progress after which the search starts again from another random case.</summary>
    private const int Patience = 120;

    public ClimbResult Run(long runs)
    {
        var generator = new CaseGenerator(selection, seed);
        var random = SeededRandom.For(seed, 0xC11B);
        var best = new ClimbResult(0, "", 0);
        Case? current = null;
        var ratio = 0.0;
        var stale = 0;
        for (long run = 0; run < runs; run++)
        {
            var explore = current is null || stale > Patience;
            var candidate = explore ? generator[run] : Neighbour(current!, generator, run, random);
            var reached = Ratio(candidate);
            if (explore || reached > ratio)
            {
                stale = explore ? 0 : stale / 2;
                (current, ratio) = (candidate, reached);
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

        return best with
        {
            Runs = runs,
        };
    }

    private double Ratio(Case candidate)
    {
        var result = CaseRunner.Run(backend, candidate, level);
        return result.Declined ? 0
            : result.Outcome.IsFinding ? double.PositiveInfinity
            : result.Verdict!.Ratio;
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
