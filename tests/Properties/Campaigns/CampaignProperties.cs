using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Campaigns;

public class CampaignProperties
{
    /// <summary>Layer norm that forgets β and drops the last element of rows longer than eight.</summary>
    private sealed class Forgetful : INormBackend
    {
        private readonly ScalarBackend _inner = new();

        public BackendDescription Description => _inner.Description;

        public string? Refuses(NormProblem problem) =>
            problem.Op == NormOp.LayerNorm ? null : "layer norm only";

        public RunOutcome Run(NormProblem problem, TensorSet tensors)
        {
            var beta = tensors[TensorRole.Beta];
            tensors[TensorRole.Beta] = null;
            var outcome = _inner.Run(
                problem with
                {
                    Affine = problem.Affine & AffineParts.Scale,
                },
                tensors
            );
            tensors[TensorRole.Beta] = beta;
            return outcome;
        }

        public void Dispose() => _inner.Dispose();
    }

    private static CampaignReport Verify(int shard, int shards) =>
        new Campaign(
            () => new GuardedBackend(new Forgetful()),
            new CampaignOptions
            {
                Cases = 400,
                Shard = shard,
                Shards = shards,
                Workers = 2,
                Selection = new CaseSelection { Passes = [NormPass.ForwardTraining] },
            }
        ).Run("forgetful", "verify forgetful --cases 400");

    [Fact]
    public void Shards_merged_equal_the_whole_run()
    {
        var whole = Verify(1, 1);
        var merged = ReportMerge.Merge([Verify(2, 3), Verify(1, 3), Verify(3, 3)]);
        Assert.NotEmpty(whole.Findings);
        Assert.Equal(whole.Findings.Select(Text), merged.Findings.Select(Text));
        Assert.Equal(
            whole.Cells.OrderBy(cell => cell.Cell.ToString()),
            merged.Cells.OrderBy(cell => cell.Cell.ToString())
        );
        Assert.Equal(whole.Grades, merged.Grades);
        Assert.Equal(whole.DataClasses, merged.DataClasses);
        Assert.Equal(whole.Shards, merged.Shards);

        static string Text(FindingReport finding) =>
            $"{finding.Key} {finding.Count} {finding.FirstIndex} {finding.FirstCase} {finding.Case} {finding.Detail}";
    }

    [Fact]
    public void Shards_of_different_runs_are_refused()
    {
        var one = Verify(1, 2);
        Assert.Throws<InputException>(() => ReportMerge.Merge([one, one]));
        Assert.Throws<InputException>(() =>
            ReportMerge.Merge([one, one with { Command = "other", Shards = ["2/2"] }])
        );
    }

    [Fact]
    public void A_finding_is_small_and_comes_back_bit_for_bit()
    {
        foreach (var finding in Verify(1, 1).Findings)
        {
            var @case = Case.Parse(finding.Case);
            Assert.InRange(@case.Problem.Shape.Count, 1, CaseShrinker.LiteralLimit);
            using var backend = new GuardedBackend(new Forgetful());
            var again = Detail.Of(CaseRunner.Run(backend, @case, ContractLevel.AnyOrder));
            Assert.StartsWith(again, finding.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_embedded_backends_hold()
    {
        foreach (
            var start in new Func<INormBackend>[]
            {
                () => new SimdBackend(),
                () => new ScalarBackend(),
            }
        )
        {
            var report = new Campaign(
                () => new GuardedBackend(start()),
                new CampaignOptions { Cases = 3000 * Run.Depth, Seed = 77 }
            ).Run("embedded", "embedded");
            Assert.Empty(
                report.Findings.Select(finding =>
                    $"{finding.Key}: {finding.Case}: {finding.Detail}"
                )
            );
            Assert.Equal(112, report.Cells.Count(cell => cell.Verdict == "passed"));
            Assert.Equal(24, report.Grades.Count);
            Assert.All(
                report.Grades,
                grade => Assert.True(grade.Level >= (int)ContractLevel.CentreFirst, $"{grade}")
            );
        }
    }
}
