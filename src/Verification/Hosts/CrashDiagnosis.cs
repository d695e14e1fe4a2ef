using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Tells what a call did that died by touching memory. The same call is repeated with one protection after the other
/// relaxed: if it survives with writable inputs it writes one, with readable guards it reads beside its buffers, with
/// writable ones it writes there. Then all that was relaxed in vain is taken back, which leaves the tensors concerned.
/// </summary>
internal sealed class CrashDiagnosis
{
    /// <summary>More than any instruction asks of its operands.</summary>
    private const int WideAlignment = 64;

    /// <summary>What explained the last crash: most likely the next one is of the same kind.</summary>
    private Relaxation? _last;

    /// <summary>The outcome of a call that died.</summary>
    /// <param name="problem">The problem of the call.</param>
    /// <param name="call">How it was called.</param>
    /// <param name="crash">How it died.</param>
    /// <param name="replay">
    /// Repeats the call, storing nothing; in a new process where that is asked for, since what a call does may depend on
    /// the calls before it.
    /// </param>
    public RunOutcome Explain(
        NormProblem problem,
        Relaxation call,
        RunOutcome crash,
        Func<Relaxation, bool, CallEnd> replay
    )
    {
        var plan = TensorPlan.For(problem);
        if (_last is { } last && Fits(last, plan))
        {
            var again = last with { InPlace = call.InPlace };
            if (Survived(replay(again, false), out var outcome))
            {
                return Conclude(again, outcome, crash);
            }
        }

        foreach (var placement in call.Placements)
        {
            var strict = call with { Placements = [placement] };
            if (Survived(replay(strict, true), out _))
            {
                continue;
            }

            foreach (var relaxed in Relaxations(strict, plan))
            {
                if (!Survived(replay(relaxed, true), out var outcome))
                {
                    continue;
                }

                (_last, outcome) = Narrow(relaxed, outcome, replay);
                return Conclude(_last, outcome, crash);
            }

            return crash;
        }

        return crash with
        {
            Message = $"{crash.Message}; not again when the call was repeated",
        };
    }

    /// <summary>One kind of protection after the other; at last all of them, and aligned buffers.</summary>
    private static IEnumerable<Relaxation> Relaxations(
        Relaxation strict,
        IReadOnlyList<TensorSpec> plan
    )
    {
        TensorRole[] inputs =
        [
            .. plan.Where(spec => spec.Access == TensorAccess.Read).Select(spec => spec.Role),
        ];
        GuardSide[] guards =
        [
            .. plan.SelectMany<TensorSpec, GuardSide>(spec =>
                [new(spec.Role, Behind: true), new(spec.Role, Behind: false)]
            ),
        ];
        var all = strict with { WritableInputs = inputs, Guards = guards, GuardsWritable = true };
        return
        [
            strict with
            {
                WritableInputs = inputs,
            },
            strict with
            {
                Guards = guards,
            },
            strict with
            {
                Guards = guards,
                GuardsWritable = true,
            },
            all,
            all with
            {
                Alignment = WideAlignment,
            },
        ];
    }

    /// <summary>Takes back whatever the call survives without.</summary>
    private static (Relaxation Relaxation, RunOutcome Outcome) Narrow(
        Relaxation relaxed,
        RunOutcome outcome,
        Func<Relaxation, bool, CallEnd> replay
    )
    {
        foreach (var role in relaxed.WritableInputs)
        {
            Try(relaxed with { WritableInputs = [.. relaxed.WritableInputs.Except([role])] });
        }

        foreach (var guard in relaxed.Guards)
        {
            Try(relaxed with { Guards = [.. relaxed.Guards.Except([guard])] });
        }

        return (relaxed, outcome);

        void Try(Relaxation less)
        {
            if (Survived(replay(less, false), out var survived))
            {
                (relaxed, outcome) = (less, survived);
            }
        }
    }

    /// <summary>What it means that a call survives with these relaxations and no fewer.</summary>
    private static RunOutcome Conclude(Relaxation relaxed, RunOutcome outcome, RunOutcome crash)
    {
        if (outcome.Status is RunStatus.InputModified or RunStatus.OutOfBoundsWrite)
        {
            return outcome with { Message = $"{outcome.Message} ({crash.Message})" };
        }

        var guards = string.Join(
            " and ",
            relaxed.Guards.Select(guard =>
                $"{(guard.Behind ? "behind" : "before")} {guard.Role.Name()}"
            )
        );
        var inputs = string.Join(" and ", relaxed.WritableInputs.Select(role => role.Name()));
        return relaxed.WritableInputs.Count > 0
                ? new(
                    RunStatus.InputModified,
                    $"input {inputs} was written with what it held ({crash.Message})"
                )
            : relaxed.Guards.Count > 0 && relaxed.GuardsWritable
                ? new(RunStatus.OutOfBoundsWrite, $"memory {guards} was written ({crash.Message})")
            : relaxed.Guards.Count > 0
                ? new(RunStatus.OutOfBoundsRead, $"memory {guards} was read ({crash.Message})")
            : crash with
            {
                Message =
                    $"{crash.Message}; it survives with buffers aligned to {relaxed.Alignment} bytes: they are aligned to their elements and to no more",
            };
    }

    private static bool Fits(Relaxation relaxed, IReadOnlyList<TensorSpec> plan) =>
        relaxed.WritableInputs.All(role =>
            plan.Any(spec => spec.Role == role && spec.Access == TensorAccess.Read)
        ) && relaxed.Guards.All(guard => plan.Any(spec => spec.Role == guard.Role));

    private static bool Survived(CallEnd end, out RunOutcome outcome)
    {
        outcome = end.Outcome;
        return outcome.Status
            is not (
                RunStatus.Signal
                or RunStatus.Exited
                or RunStatus.TimedOut
                or RunStatus.BadAnswer
            );
    }
}
