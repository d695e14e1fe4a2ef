using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>
/// The judge under test. The specification must notice every judge and every oracle that is wrong, and must find nothing
/// in ours.
/// </summary>
public class JudgeMutants
{
    public static TheoryData<string, string> Judges
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (defect, _, by) in WrongJudges.All)
            {
                rows.Add(defect, by);
            }

            return rows;
        }
    }

    public static TheoryData<string, string> Oracles
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (defect, _, by) in WrongOracles.All)
            {
                rows.Add(defect, by);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Judges))]
    public void A_judge_with_a_defect_is_noticed(string defect, string by)
    {
        var mutant = WrongJudges.All.Single(each => each.Defect == defect).Mutant;
        Assert.False(JudgeSpecification.Demands[by](mutant));
    }

    [Theory]
    [MemberData(nameof(Oracles))]
    public void An_oracle_with_a_defect_is_noticed(string defect, string by)
    {
        var mutant = WrongOracles.All.Single(each => each.Defect == defect).Mutant;
        Assert.False(OracleSpecification.Demands[by](mutant));
    }

    [Fact]
    public void Ours_violates_nothing()
    {
        Assert.Empty(JudgeSpecification.Violations(OutputJudge.Decide));
        Assert.Empty(OracleSpecification.Violations(new OracleUnderTest()));
    }
}
