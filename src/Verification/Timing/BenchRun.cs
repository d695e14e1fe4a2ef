using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Timing;

/// <summary>Times backends side by side on one problem after the other, and judges what they computed meanwhile.</summary>
public sealed class BenchRun(
    IReadOnlyList<(string Name, INormBackend Backend)> backends,
    TimingOptions options,
    ContractLevel level
)
{
    /// <summary>All backends on one case. Each computes it in its own convention, unless the case names one.</summary>
    public BenchRow Row(Case @case)
    {
        var problems = backends.Select(each => Own(@case.Problem, each.Backend)).ToArray();
        var inputs = new Dictionary<string, TensorSet>();
        var calls = new List<PreparedCall>();
        try
        {
            for (var k = 0; k < backends.Count; k++)
            {
                var problem = problems[k];
                if (!inputs.TryGetValue(InputKey(problem), out var tensors))
                {
                    tensors = TimedData.Build(@case with { Problem = problem });
                    inputs[InputKey(problem)] = tensors;
                }

                calls.Add(TimedCalls.Prepare(backends[k].Backend, problem, tensors));
            }

            // What making the data left behind is not to be collected while something is measured.
            GC.Collect();
            var series = TimingRounds.Run(calls, options);
            return new(@case.Problem, @case.Text, Judged(@case, problems, inputs, series));
        }
        finally
        {
            foreach (var call in calls)
            {
                call.Call?.Dispose();
            }
        }
    }

    private List<BenchCell> Judged(
        Case @case,
        NormProblem[] problems,
        Dictionary<string, TensorSet> inputs,
        IReadOnlyList<TimedSeries> series
    )
    {
        var judges = new Dictionary<string, TimedJudge>();
        var cells = new List<BenchCell>();
        for (var k = 0; k < backends.Count; k++)
        {
            var (one, problem) = (series[k], problems[k]);
            var outcome = one.Outcome;
            TimedVerdict? verdict = null;
            if (one.Runs)
            {
                var collected = one.Call!.Collect();
                outcome = collected.Outcome;
                if (collected.Outputs is { } outputs)
                {
                    if (!judges.TryGetValue(problem.Convention.Name, out var judge))
                    {
                        judge = new(problem, inputs[InputKey(problem)], level, @case.Seed);
                        judges[problem.Convention.Name] = judge;
                    }

                    verdict = judge.Decide(outputs);
                }
            }

            cells.Add(
                new(
                    backends[k].Name,
                    outcome,
                    one.MedianTime,
                    one.Least,
                    one.Nanoseconds.Count,
                    verdict
                )
            );
        }

        return cells;
    }

    private static NormProblem Own(NormProblem problem, INormBackend backend) =>
        problem.Convention.Name != Conventions.Default.Name
            ? problem
            : problem with
            {
                Convention = Conventions.Get(backend.Description.Convention),
            };

    /// <summary>Conventions that differ in what they compute have the same inputs, but for saved statistics and shapes.</summary>
    private static string InputKey(NormProblem problem)
    {
        var (own, common) = (problem.Convention, Conventions.Default);
        return
            own.Saved == common.Saved
            && own.ForwardEpsilon == common.ForwardEpsilon
            && own.NormalizingDivisor == common.NormalizingDivisor
            && own.AffineShape == common.AffineShape
            ? common.Name
            : own.Name;
    }
}
