using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>Finds the smallest case that fails in the way of a finding.</summary>
internal sealed class FindingShrinker(INormBackend backend, CampaignOptions options)
{
    public (FindingReport Finding, CaseResult Result) Shrink(TalliedFinding tallied)
    {
        var signature = tallied.Signature;
        var smallest = CaseArbitrary.Minimize(
            tallied.Case,
            candidate => Shows(candidate, signature),
            Tries(signature)
        );
        if (
            signature.Status == Signature.Wrong
            && smallest.Problem.Shape.Count > CaseShrinker.LiteralLimit
        )
        {
            // Stuck because smaller cases look like another cause: a case that fits a report is worth more.
            smallest = CaseArbitrary.Minimize(
                smallest,
                candidate => FailsSomehow(candidate, signature.Cell),
                options.ShrinkTries
            );
        }

        var result = Run(smallest, signature);
        var finding = new FindingReport
        {
            Cell = signature.Cell,
            Cells = FindingReport.Sorted(tallied.Cells),
            Status = signature.Status,
            Cause = signature.Cause,
            Count = tallied.Count,
            FirstIndex = tallied.Index,
            FirstCase = tallied.Case.Text,
            Case = smallest.Text,
            Detail = Describe(result, signature),
        };
        return (finding, result);
    }

    private int Tries(Signature signature) =>
        signature.Status switch
        {
            Signature.Wrong or Signature.Lawless => options.ShrinkTries,
            nameof(RunStatus.TimedOut) => 4,
            _ => Math.Min(options.ShrinkTries, 24),
        };

    private bool Shows(Case candidate, Signature signature) =>
        signature.Status == Signature.Lawless
            ? Run(candidate, signature).Broken is not null
            : CaseRunner.Shows(Run(candidate, signature), signature);

    /// <summary>The result with the law of the signature tried, where it is about one.</summary>
    private CaseResult Run(Case candidate, Signature signature)
    {
        var result = CaseRunner.Run(backend, candidate, options.Level);
        if (
            signature.Status != Signature.Lawless
            || result.Declined
            || CaseCell.Of(candidate.Problem) != signature.Cell
        )
        {
            return result;
        }

        var law = signature.Law();
        var bench = CaseRunner.Bench(backend, result, options.Level, options.Another);
        var outcome = LawRunner.Accuse(law, bench);
        return outcome.IsBroken ? result with { Broken = new(law, outcome.Detail) } : result;
    }

    private static string Describe(CaseResult result, Signature signature)
    {
        var detail = Detail.Of(result);
        return CaseRunner.Shows(result, signature) || !result.IsWrong
            ? detail
            : $"{detail} (as small as this it looks like {CaseRunner.Sign(result).Cause.Id})";
    }

    /// <summary>True where outputs of the candidate are wrong in the same cell, whatever the cause.</summary>
    private bool FailsSomehow(Case candidate, CaseCell cell)
    {
        var result = CaseRunner.Run(backend, candidate, options.Level);
        return result.Verdict is { Holds: false } && CaseCell.Of(candidate.Problem) == cell;
    }
}
