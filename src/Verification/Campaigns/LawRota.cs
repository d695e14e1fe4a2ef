using NormCheck.Contract;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>Which laws are tried on which case: those that cover it take turns, from round to round of the cells.</summary>
internal sealed class LawRota(IReadOnlyList<Law> laws, int perCase, int cells)
{
    /// <summary>On larger cases the oracle suffices: a law costs several calls and their bounds.</summary>
    public const long MostElements = 4096;

    private readonly ILookup<(NormOp, NormPass), Law> _laws = (
        from law in laws
        from op in law.Ops
        from pass in law.Passes
        select (Key: (op, pass), Law: law)
    ).ToLookup(each => each.Key, each => each.Law);

    public IEnumerable<Law> For(NormProblem problem, long index)
    {
        if (problem.Shape.Count > MostElements)
        {
            yield break;
        }

        var covering = _laws[(problem.Op, problem.Pass)].ToArray();
        var first = index / Math.Max(cells, 1) * perCase;
        for (var k = 0; k < Math.Min(perCase, covering.Length); k++)
        {
            yield return covering[(int)((first + k) % covering.Length)];
        }
    }
}
