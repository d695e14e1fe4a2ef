using System.Collections.Immutable;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>
/// Halves the longest axis of a failing case as long as outputs stay wrong: enough for a diagnosis, and much faster than
/// shrinking it.
/// </summary>
internal static class CaseReduction
{
    /// <summary>Cases of more elements are reduced before they are explained.</summary>
    public const long Large = 2048;

    /// <summary>Cases that stay larger than this are not explained: it would take seconds for each.</summary>
    public const long TooLarge = 1 << 15;

    public static CaseResult Smaller(INormBackend backend, CaseResult failing)
    {
        while (failing.Case.Problem.Shape.Count > Large)
        {
            var half = Half(failing.Case);
            if (half is null)
            {
                return failing;
            }

            var result = CaseRunner.Run(backend, half, failing.Verdict!.Level);
            var failure = result.Verdict?.Failure;
            if (result.Outcome.IsFinding || failure is null or { Kind: FailureKind.Unwritten })
            {
                return failing;
            }

            failing = result;
        }

        return failing;
    }

    private static Case? Half(Case @case)
    {
        var problem = @case.Problem;
        var extents = problem.Shape.Extents;
        var axis = extents.IndexOf(extents.Max());
        var step = axis == 1 && problem.Op == NormOp.GroupNorm ? problem.Groups : 1;
        var half = extents[axis] / step / 2 * step;

        // Values that are written out belong to the shape.
        return half == 0 || !@case.Values.IsEmpty
            ? null
            : @case with
            {
                Problem = problem with { Shape = new Shape([.. extents.SetItem(axis, half)]) },
            };
    }
}
