using System.Diagnostics;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>
/// Runs a backend over listed and random cases and climbing searches, judges every output, tries laws where the outputs
/// are right, shrinks what fails.
/// </summary>
public sealed class Campaign(Func<INormBackend> start, CampaignOptions options)
{
    private readonly CellTally _tally = new();
    private readonly Stopwatch _clock = new();
    private string _stopped = "";
    private long _next;
    private long _done;
    private int _abnormal;
    private int _timeOuts;

    /// <summary>Called after every case, from any thread.</summary>
    public Action<CampaignProgress>? Progress { get; init; }

    /// <summary>Called for each shrunken finding; gives the names of the files it wrote.</summary>
    public Func<INormBackend, FindingReport, CaseResult, IReadOnlyList<string>>? Save { get; init; }

    public CampaignReport Run(string backendText, string command)
    {
        _clock.Start();
        using var first = start();
        var selection = CaseSelection.For(first.Description, options.Selection);
        var generator = new CaseGenerator(selection, options.Seed);
        var plan = new WorkPlan(options.Listed, generator, options.Cases);
        var rota = new LawRota(options.Laws, options.LawsPerCase, generator.CellCount);
        var helpers = Enumerable
            .Range(1, Math.Max(0, options.Workers - 1))
            .Select(_ =>
                Task.Run(() =>
                {
                    using var backend = start();
                    Work(backend, plan, rota, selection);
                })
            )
            .ToArray();
        Work(first, plan, rota, selection);
        Task.WaitAll(helpers);
        var hunted = _clock.Elapsed;
        return new CampaignReport
        {
            Backend = backendText,
            System = $"{first.Description.Name} {first.Description.Version}",
            Contract = options.Level.Word(),
            Convention = selection.Convention.Name,
            Seed = options.Seed,
            Command = command,
            Shards = [$"{options.Shard}/{options.Shards}"],
            Cells = _tally.Cells(selection.Cells()),
            Grades = _tally.Grades(),
            Findings = Shrink(first),
            DataClasses = _tally.Classes(),
            Laws = _tally.Laws(),
            Climbs = _tally.Climbs(),
            HuntedFor = hunted,
            Stopped = _stopped,
        };
    }

    private void Work(INormBackend backend, WorkPlan plan, LawRota rota, CaseSelection selection)
    {
        var targets = SearchTargets.Of(selection);
        while (_stopped.Length == 0)
        {
            var item = Interlocked.Increment(ref _next) - 1;
            if (item >= plan.Items)
            {
                return;
            }

            if (item % options.Shards != options.Shard - 1)
            {
                continue;
            }

            var work = plan[item];
            if (work.Case is { } @case)
            {
                RunOne(backend, rota, @case, work.Index);
                Report(plan, @case);
                continue;
            }

            var target = targets[(int)(work.Search % targets.Count)];
            var at = work.Index;
            var result = new Climb(
                candidate =>
                {
                    var ratio = RunOne(backend, rota, candidate, at++);
                    Report(plan, candidate);
                    return ratio;
                },
                target,
                options.Seed + ((ulong)(work.Search + 1) << 32)
            ).Run(WorkPlan.Climbing);
            _tally.Climbed(target.Ops[0], result);
        }
    }

    /// <summary>Runs and judges a case; gives its error/bound where it holds, otherwise 0.</summary>
    private double RunOne(INormBackend backend, LawRota rota, Case @case, long index)
    {
        if (_stopped.Length > 0)
        {
            return 0;
        }

        if (options.Budget is { } budget && _clock.Elapsed > budget)
        {
            _stopped = $"the budget of {budget.TotalSeconds:0} s was used up";
            return 0;
        }

        var result = CaseRunner.Run(backend, @case, options.Level);
        if (result.Declined)
        {
            _tally.Declined(@case);
            return 0;
        }

        if (!result.IsWrong)
        {
            result = TryLaws(backend, result, rota.For(@case.Problem, index));
        }

        _tally.Ran(@case, result.Failed, result.Verdict?.Ratio ?? 0);
        if (result.Verdict is { } verdict)
        {
            Grade(result, verdict);
        }

        if (!result.Failed)
        {
            return result.Verdict?.Ratio ?? 0;
        }

        _tally.Found(CaseRunner.Sign(result, backend), index, @case);
        CountAbnormal(result.Outcome);
        if (options.FailFast)
        {
            _stopped = "the first finding (--fail-fast)";
        }

        return 0;
    }

    /// <summary>The result with the first of the laws that is broken.</summary>
    private CaseResult TryLaws(INormBackend backend, CaseResult result, IEnumerable<Law> laws)
    {
        LawBench? bench = null;
        foreach (var law in laws)
        {
            bench ??= CaseRunner.Bench(backend, result, options.Level, options.Another);
            var (charged, outcome) = LawRunner.Charge(law, bench);
            _tally.Tried(charged, outcome);
            if (outcome.IsBroken)
            {
                return result with { Broken = new(charged, outcome.Detail) };
            }
        }

        return result;
    }

    private void CountAbnormal(RunOutcome outcome)
    {
        if (outcome.LostProcess && Interlocked.Increment(ref _abnormal) >= options.MaxAbnormalEnds)
        {
            _stopped = $"the backend crashed, hung or trespassed {options.MaxAbnormalEnds} times";
        }

        if (
            outcome.Status == RunStatus.TimedOut
            && Interlocked.Increment(ref _timeOuts) >= options.MaxTimeOuts
        )
        {
            _stopped = $"the backend hung {options.MaxTimeOuts} times";
        }
    }

    /// <summary>Steps down the ladder until the case holds; cases only ever lower a grade.</summary>
    private void Grade(CaseResult result, Verdict verdict)
    {
        var problem = result.Case.Problem;
        var grade = _tally.Grade(problem);
        while (grade >= 0)
        {
            var level = (ContractLevel)grade;
            var holds =
                level == verdict.Level
                    ? verdict.Holds
                    : OutputJudge
                        .Decide(
                            problem,
                            result.Outputs,
                            Oracle.Expect(problem, result.Inputs, level),
                            level
                        )
                        .Holds;
            if (holds)
            {
                break;
            }

            grade--;
        }

        _tally.LowerGrade(problem, grade);
    }

    private List<FindingReport> Shrink(INormBackend backend)
    {
        var shrinker = new FindingShrinker(backend, options);
        var findings = new List<FindingReport>();
        foreach (var tallied in _tally.Findings())
        {
            var (finding, result) = shrinker.Shrink(tallied);
            findings.Add(
                Save is null ? finding : finding with { Files = Save(backend, finding, result) }
            );
            Progress?.Invoke(
                new(_done, _done, findings.Count, $"shrunk {findings.Count}", _clock.Elapsed)
            );
        }

        return findings;
    }

    private void Report(WorkPlan plan, Case @case) =>
        Progress?.Invoke(
            new(
                Interlocked.Increment(ref _done),
                plan.Cases / options.Shards,
                _tally.FindingCount,
                CaseCell.Of(@case.Problem).ToString(),
                _clock.Elapsed
            )
        );
}
