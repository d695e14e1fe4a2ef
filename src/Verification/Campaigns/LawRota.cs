using NormCheck.Contract;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>
/// Which laws are tried on which case: those that cover it take turns, from round to round of the cells; those about what
/// the oracle never tries come up more often.
/// </summary>
internal sealed class LawRota(IReadOnlyList<Law> laws, int perCase, int cells)
{
    /// <summary>On larger cases the oracle suffices: a law costs several calls and their bounds.</summary>
    public const long MostElements = 4096;

    private readonly Dictionary<(NormOp, NormPass), (Law[] Near, Law[] Beyond)> _turns = (
        from op in NormOps.All
        from pass in op.Passes()
        select (op, pass)
    ).ToDictionary(
        cell => cell,
        cell =>
        {
            var covering = laws.Where(law => law.Covers(cell.op, cell.pass))
                .ToLookup(law => law.BeyondOracle);
            return ((Law[])[.. covering[false]], (Law[])[.. covering[true]]);
        }
    );

    public IEnumerable<Law> For(NormProblem problem, long index)
    {
        if (problem.Shape.Count > MostElements)
        {
            return [];
        }

        // One law that the oracle could stand for, the others beyond it.
        var (near, beyond) = _turns[(problem.Op, problem.Pass)];
        var round = index / Math.Max(cells, 1);
        return Turn(near, round, 1).Concat(Turn(beyond, round, perCase - 1));
    }

    private static IEnumerable<Law> Turn(Law[] laws, long round, int count)
    {
        for (var k = 0; k < Math.Min(count, laws.Length); k++)
        {
            yield return laws[(int)(((round * count) + k) % laws.Length)];
        }
    }
}
