using NormCheck.Contract;
using NormCheck.Verification.Timing;

namespace NormCheck.Verification.Hosts;

/// <content>How a program's calls are timed: by itself, over the wire (docs/protocol.md).</content>
public partial class ProcessBackend : ITimedBackend
{
    public PreparedCall Prepare(NormProblem problem, TensorSet inputs)
    {
        if (Refuses(problem) is { } reason)
        {
            return new(new(RunStatus.Unsupported, reason), null);
        }

        var request = RunMessages.Request("prepare", problem, inputs);
        var outcome = Exchange(problem, request, RunMessages.Outcome);
        return outcome.Status switch
        {
            RunStatus.Completed => new(outcome, new WireTimedCall(this, problem)),

            // It supports the problem, so it is the command that it does not know.
            RunStatus.Unsupported => new(
                RunOutcome.Completed,
                new ResentTimedCall(this, problem, inputs)
            ),
            _ => new(outcome, null),
        };
    }

    /// <summary>Sends everything and repeats the call; the outputs are those of one call on the given inputs.</summary>
    public TimedRun Time(NormProblem problem, TensorSet tensors, int repetitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        var request = RunMessages.Request("time", problem, tensors);
        request.Metadata["repetitions"] = $"{repetitions}";
        return Timed(
            problem,
            request,
            repetitions,
            answer => RunMessages.Accept(answer, problem, tensors)
        );
    }

    /// <summary>An exchange about a timed call, within the long limit.</summary>
    internal RunOutcome Exchange(
        NormProblem problem,
        SafetensorsBlob request,
        Func<SafetensorsBlob, RunOutcome> accept
    ) => Call(request, problem, s_longLimit, accept).Outcome;

    /// <summary>An exchange whose answer holds a time for each repetition.</summary>
    internal TimedRun Timed(
        NormProblem problem,
        SafetensorsBlob request,
        int repetitions,
        Func<SafetensorsBlob, RunOutcome> accept
    )
    {
        long[]? times = null;
        var outcome = Exchange(
            problem,
            request,
            answer =>
            {
                var accepted = accept(answer);
                times = RunMessages.Nanoseconds(answer, repetitions);
                return accepted.Status == RunStatus.Completed && times is null
                    ? new(
                        RunStatus.BadAnswer,
                        $"expected {repetitions} numbers of nanoseconds, got '{answer.Line("nanoseconds")}'"
                    )
                    : accepted;
            }
        );
        return new(outcome, outcome == RunOutcome.Completed ? times! : []);
    }
}
