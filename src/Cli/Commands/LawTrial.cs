using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Cli.Commands;

/// <summary>All laws on one case.</summary>
internal sealed class LawTrial(IReadOnlyList<Law> laws, Func<INormBackend>? another)
{
    private readonly List<(Law Law, LawOutcome Outcome)> _tried = [];

    /// <summary>The result with the first law that is broken; laws are tried only where a call completes.</summary>
    public CaseResult Run(INormBackend backend, CaseResult result, ContractLevel level)
    {
        if (result.Outcome.Status != RunStatus.Completed)
        {
            return result;
        }

        var bench = CaseRunner.Bench(backend, result, level, another);
        var problem = result.Case.Problem;
        foreach (var law in laws.Where(law => law.Covers(problem.Op, problem.Pass)))
        {
            _tried.Add((law, LawRunner.Accuse(law, bench)));
        }

        var broken = _tried.FirstOrDefault(each => each.Outcome.IsBroken);
        return broken.Law is null
            ? result
            : result with
            {
                Broken = new(broken.Law, broken.Outcome.Detail),
            };
    }

    public void Write(TextWriter writer)
    {
        if (_tried.Count == 0)
        {
            return;
        }

        var held = _tried.Count(each => each.Outcome.State == LawState.Holds);
        var skipped = _tried.Count(each => each.Outcome.State == LawState.Skipped);
        writer.WriteLine(
            $"laws      {held} hold, {skipped} do not concern the case, {_tried.Count - held - skipped} broken"
        );
        foreach (var (law, outcome) in _tried.Where(each => each.Outcome.IsBroken))
        {
            writer.WriteLine($"  {law.Id}: {law.Statement} {outcome.Detail}");
        }
    }
}
