using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Campaigns;

/// <summary>One thing for a worker to do: a case, or a climbing search.</summary>
/// <param name="Index">Its number in the order of the run.</param>
/// <param name="Case">The case; null for a search.</param>
/// <param name="Search">Number of the search.</param>
internal readonly record struct WorkItem(long Index, Case? Case, long Search);

/// <summary>
/// The order of a run: the listed cases, then blocks of random cases, each block ended by a search that climbs on
/// error/bound. What item i is depends on the options and i alone, so shards and workers draw the same items.
/// </summary>
internal sealed class WorkPlan(IReadOnlyList<Case> listed, CaseGenerator generator, long cases)
{
    /// <summary>Random cases of a block, and runs of the search at its end: a fifth of the whole.</summary>
    private const int Random = 400;
    public const int Climbing = 100;
    private const int Block = Random + Climbing;

    private readonly long _blocks = generator.CellCount > 0 ? cases / Block : 0;
    private readonly long _rest = generator.CellCount > 0 ? cases % Block : 0;

    /// <summary>Number of items.</summary>
    public long Items => listed.Count + (_blocks * (Random + 1)) + _rest;

    /// <summary>Number of cases, those of the searches included.</summary>
    public long Cases => listed.Count + (_blocks * Block) + _rest;

    public WorkItem this[long item]
    {
        get
        {
            if (item < listed.Count)
            {
                return new(item, listed[(int)item], 0);
            }

            var (block, at) = Math.DivRem(item - listed.Count, Random + 1);

            // What is left after the last whole block is random cases only.
            if (block >= _blocks)
            {
                at += (block - _blocks) * (Random + 1);
                block = _blocks;
            }

            var index = listed.Count + (block * Block) + at;
            return block < _blocks && at == Random
                ? new(index, null, block)
                : new(index, generator[(block * Random) + at], 0);
        }
    }
}
