using System.Diagnostics;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>Runs a backend over listed and random cases, judges every output, shrinks what fails.</summary>
public sealed class Campaign(Func<INormBackend> start, CampaignOptions options)
{
    private readonly CellTally _tally = new();
    private readonly Stopwatch _clock = new();
    private string _stopped = "";
    private long _next;
    private long _done;
    private int _abnormal;
    private int _timeOuts;

    /// <summary>Called now and then, from any thread.</summary>
    public Action<CampaignProgress>? Progress { get; init; }

    /// <summary>Called for each shrunken finding; gives the names of the files it wrote.</summary>
    public Func<INormBackend, FindingReport, CaseResult, IReadOnlyList<string>>? Save { get; init; }

    public CampaignReport Run(string backendText, string command)
    {
        _clock.Start();
        using var first = start();
        var selection = CaseSelection.For(first.Description, options.Selection);
        var generator = new CaseGenerator(selection, options.Seed);
        var total = options.Listed.Count + (generator.CellCount > 0 ? options.Cases : 0);
        var helpers = Enumerable
            .Range(1, Math.Max(0, options.Workers - 1))
            .Select(_ =>
                Task.Run(() =>
                {
                    using var backend = start();
                    Work(backend, generator, total);
                })
            )
            .ToArray();
        Work(first, generator, total);
        Task.WaitAll(helpers);
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
            Stopped = _stopped,
        };
    }

    private void Work(INormBackend backend, CaseGenerator generator, long total)
    {
        while (_stopped.Length == 0)
        {
            var index = Interlocked.Increment(ref _next) - 1;
            if (index >= total)
            {
                return;
            }

            if (index % options.Shards != options.Shard - 1)
            {
                continue;
            }

            if (options.Budget is { } budget && _clock.Elapsed > budget)
            {
                _stopped = $"the budget of {budget.TotalSeconds:0} s was used up";
                return;
            }

            var @case =
                index < options.Listed.Count
                    ? options.Listed[(int)index]
                    : generator[index - options.Listed.Count];
            RunOne(backend, @case, index);
            Report(Interlocked.Increment(ref _done), total / options.Shards, @case);
        }
    }

    private void RunOne(INormBackend backend, Case @case, long index)
    {
        var result = CaseRunner.Run(backend, @case, options.Level);
        if (result.Declined)
        {
            _tally.Declined(@case);
            return;
        }

        _tally.Ran(@case, result.Failed, result.Verdict?.Ratio ?? 0);
        if (result.Verdict is { } verdict)
        {
            Grade(result, verdict);
        }

        if (!result.Failed)
        {
            return;
        }

        _tally.Found(CaseRunner.Sign(result), index, @case);
        if (
            result.Outcome.LostProcess
            && Interlocked.Increment(ref _abnormal) >= options.MaxAbnormalEnds
        )
        {
            _stopped = $"the backend crashed, hung or trespassed {options.MaxAbnormalEnds} times";
        }

        if (
            result.Outcome.Status == RunStatus.TimedOut
            && Interlocked.Increment(ref _timeOuts) >= options.MaxTimeOuts
        )
        {
            _stopped = $"the backend hung {options.MaxTimeOuts} times";
        }

        if (options.FailFast)
        {
            _stopped = "the first finding (--fail-fast)";
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
        var findings = new List<FindingReport>();
        foreach (var (signature, count, index, first) in _tally.Findings())
        {
            var abnormal = signature.Status != Signature.Wrong;
            var tries =
                !abnormal ? options.ShrinkTries
                : signature.Status == nameof(RunStatus.TimedOut) ? 4
                : Math.Min(options.ShrinkTries, 24);
            var smallest = CaseArbitrary.Minimize(
                first,
                candidate => Fails(backend, candidate, signature),
                tries
            );
            if (!abnormal && smallest.Problem.Shape.Count > CaseShrinker.LiteralLimit)
            {
                // Stuck because smaller cases look like another cause: a case that fits a report is worth more.
                smallest = CaseArbitrary.Minimize(
                    smallest,
                    candidate => FailsSomehow(backend, candidate, signature.Cell),
                    tries
                );
            }

            var result = CaseRunner.Run(backend, smallest, options.Level);
            var finding = new FindingReport
            {
                Cell = signature.Cell,
                Status = signature.Status,
                Cause = signature.Cause,
                Count = count,
                FirstIndex = index,
                FirstCase = first.Text,
                Case = smallest.Text,
                Detail = Describe(result, signature),
            };
            findings.Add(
                Save is null ? finding : finding with { Files = Save(backend, finding, result) }
            );
            Progress?.Invoke(
                new(_done, _done, findings.Count, $"shrunk {findings.Count}", _clock.Elapsed)
            );
        }

        return findings;
    }

    private static string Describe(CaseResult result, Signature signature)
    {
        var detail = Detail.Of(result);
        var cause = result.Failed ? CaseRunner.Sign(result).Cause : signature.Cause;
        return cause == signature.Cause
            ? detail
            : $"{detail} (as small as this it looks like {cause.Id})";
    }

    /// <summary>True where outputs of the candidate are wrong in the same cell, whatever the cause.</summary>
    private bool FailsSomehow(INormBackend backend, Case candidate, CaseCell cell)
    {
        var result = CaseRunner.Run(backend, candidate, options.Level);
        return result.Verdict is { Holds: false } && CaseCell.Of(candidate.Problem) == cell;
    }

    /// <summary>True where the candidate fails in the same cell, in the same way, for the same cause.</summary>
    private bool Fails(INormBackend backend, Case candidate, Signature signature)
    {
        var result = CaseRunner.Run(backend, candidate, options.Level);
        return !result.Declined && result.Failed && CaseRunner.Sign(result).Key == signature.Key;
    }

    private void Report(long done, long total, Case @case)
    {
        if (done % 16 == 0 || done == total)
        {
            Progress?.Invoke(
                new(
                    done,
                    total,
                    _tally.FindingCount,
                    CaseCell.Of(@case.Problem).ToString(),
                    _clock.Elapsed
                )
            );
        }
    }
}
