using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>One output element beside what is asked of it.</summary>
/// <param name="Index">Row-major number.</param>
/// <param name="Value">What the backend gave.</param>
/// <param name="Expected">What is asked.</param>
/// <param name="Ratio">error/bound as the judge sees it.</param>
/// <param name="Ulps">Error in ulps of the output type.</param>
internal sealed record ElementRow(
    int Index,
    double Value,
    Expected Expected,
    double Ratio,
    double Ulps
)
{
    /// <summary>
    /// The worst elements of an output, worst first. The judge names the worst one; it is then excused (nothing is
    /// asked of it any more) and the judge is asked again, so that no second judge is needed here.
    /// </summary>
    public static IReadOnlyList<ElementRow> Worst(
        NormProblem problem,
        TensorSet outputs,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        ContractLevel level,
        TensorRole role,
        int limit
    )
    {
        var tensor = outputs.Require(role);
        var alone = new TensorSet { [role] = tensor };
        var asked = expected[role].ToArray();
        var open = new Dictionary<TensorRole, Expected[]> { [role] = asked };
        var rows = new List<ElementRow>();
        while (rows.Count < Math.Min(limit, asked.Length))
        {
            var verdict = OutputJudge.Decide(problem, alone, open, level).Tensors.Single();
            if (verdict.Holds && verdict.Ratio == 0)
            {
                break;
            }

            var at = verdict.Worst;
            rows.Add(new(at, verdict.Actual, expected[role][at], verdict.Ratio, verdict.Ulps));
            asked[at] = asked[at] with { Claim = Claim.Nothing };
        }

        AddExact(rows, tensor, expected[role], Math.Min(limit, asked.Length));
        return rows;
    }

    /// <summary>What is left is exact: the first elements that are not shown yet.</summary>
    private static void AddExact(
        List<ElementRow> rows,
        Tensor tensor,
        Expected[] expected,
        int limit
    )
    {
        var shown = rows.Select(row => row.Index).ToHashSet();
        var index = 0;
        foreach (var distance in tensor.Distances())
        {
            if (rows.Count == limit)
            {
                break;
            }

            if (!shown.Contains(index))
            {
                rows.Add(new(index, tensor.Read(distance), expected[index], 0, 0));
            }

            index++;
        }
    }
}
