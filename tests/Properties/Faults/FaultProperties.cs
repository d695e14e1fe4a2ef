using NormCheck.Contract;
using NormCheck.Faults.Wrong;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Faults;

/// <summary>Wrong kernels are found, shrunk and named. All of them are hunted by <c>normcheck selftest</c>.</summary>
public class FaultProperties
{
    /// <summary>What a report has room for.</summary>
    private const int Small = 16;

    private static CampaignReport Verify(Fault fault, long cases)
    {
        INormBackend Start() => new GuardedBackend(fault.Start());
        using var first = Start();
        return new Campaign(
            Start,
            new CampaignOptions
            {
                Cases = cases,
                Level = ContractLevels.Parse(fault.Contract),
                Selection = CaseSelection.Of(first.Description),
                Another = Start,
            }
        ).Run(fault.Id, fault.Id);
    }

    /// <summary>Ten classes, one fault of each: the main finding is small and has the right name.</summary>
    [Theory]
    [InlineData("eps-01", "epsilon-outside-root")]
    [InlineData("m36", "dx-without-mean-of-dy")]
    [InlineData("canc-01", "one-pass-variance")]
    [InlineData("stat-01", "population-stored")]
    [InlineData("lay-06a", "statistics-channels-last")]
    [InlineData("axis-08b", "gamma-beta-exchanged")]
    [InlineData("m15a", "statistics-in-storage")]
    [InlineData("m11b", "tail-of-4-dropped")]
    [InlineData("renorm-06b", "renorm-d-by-batch-std")]
    [InlineData("m33", "law:repeatable")]
    [InlineData("m25a", "input-modified")]
    [InlineData("m42", "zeros")]
    public void A_fault_is_found_shrunk_and_named(string id, string cause)
    {
        var report = Verify(FaultCatalogue.Get(id), 600);

        Assert.NotEmpty(report.Findings);
        var main = report.Findings.MaxBy(finding => finding.Count)!;
        var named = report.Findings.FirstOrDefault(finding => finding.Cause.Id == cause);
        Assert.True(
            named is not null,
            string.Join('\n', report.Findings.Select(finding => finding.Cause.Id))
        );
        Assert.True(
            named.Status == Signature.Lawless || main.Cause.Id == cause,
            $"most cases are called {main.Cause.Id}"
        );
        Assert.InRange(Case.Parse(named.Case).Problem.Shape.Count, 1, Small);
    }

    [Fact]
    public void Faults_are_described()
    {
        Assert.InRange(FaultCatalogue.All.Count, 120, int.MaxValue);
        Assert.All(
            FaultCatalogue.All,
            fault =>
            {
                Assert.Single(FaultCatalogue.All, other => other.Id == fault.Id);
                Assert.Matches("^[a-z0-9-]+$", fault.Id);
                Assert.NotEmpty(fault.Links);
                Assert.NotEmpty(fault.Story);
                Assert.NotEmpty(fault.Ops);
                Assert.True(
                    ContractLevels.Parse(fault.Contract) >= ContractLevel.AnyOrder,
                    fault.Id
                );
            }
        );
        Assert.All(
            FaultCatalogue.Left,
            left =>
            {
                Assert.NotEmpty(left.Reason);
                Assert.DoesNotContain(FaultCatalogue.All, fault => fault.Id == left.Id);
            }
        );
    }

    /// <summary>A formula must be told apart from the others by what it does, so each has a name of its own.</summary>
    [Fact]
    public void Formulas_have_names_of_their_own() =>
        Assert.All(
            FormulaCatalogue.All,
            formula => Assert.Single(FormulaCatalogue.All, other => other.Id == formula.Id)
        );
}
