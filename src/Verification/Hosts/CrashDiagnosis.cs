using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Tells what a call that died by a signal was doing. The same call is repeated with one protection relaxed at a time: if
/// it survives with readable guard pages it reads outside its buffers, with writable ones it writes there, with writable
/// inputs it writes an input; relaxing one tensor at a time names the tensor. If nothing helps, the signal stands.
/// </summary>
internal sealed class CrashDiagnosis(
    Func<NormProblem, TensorSet, IEnumerable<KeyValuePair<string, string>>, RunOutcome> run
)
{
    private static readonly (string Relaxation, RunStatus Status, string Verb)[] s_relaxations =
    [
        (Protection.InputsWritable, RunStatus.InputModified, "written"),
        (Protection.GuardsReadable, RunStatus.OutOfBoundsRead, "read"),
        (Protection.GuardsWritable, RunStatus.OutOfBoundsWrite, "written"),
    ];

    /// <summary>What the last call turned out to do: most likely the next one does the same.</summary>
    private (string Placement, int Relaxation, TensorRole Role)? _last;

    public RunOutcome Explain(NormProblem problem, TensorSet tensors, RunOutcome signal)
    {
        if (
            _last is { } last
            && TensorPlan.For(problem).Any(spec => spec.Role == last.Role)
            && Survives(problem, tensors, last.Placement, s_relaxations[last.Relaxation].Relaxation, last.Role)
        )
        {
            return Name(last.Placement, last.Relaxation, last.Role, signal);
        }

        foreach (var placement in Protection.Placements)
        {
            if (Survives(problem, tensors, placement, "", null))
            {
                continue;
            }

            for (var index = 0; index < s_relaxations.Length; index++)
            {
                var relaxation = s_relaxations[index].Relaxation;
                if (!Survives(problem, tensors, placement, relaxation, null))
                {
                    continue;
                }

                foreach (var spec in TensorPlan.For(problem))
                {
                    if (Survives(problem, tensors, placement, relaxation, spec.Role))
                    {
                        _last = (placement, index, spec.Role);
                        return Name(placement, index, spec.Role, signal);
                    }
                }

                return new(s_relaxations[index].Status, $"memory of several tensors is {s_relaxations[index].Verb} ({signal.Message})");
            }

            return signal;
        }

        return signal with { Message = $"{signal.Message}; not again when repeated" };
    }

    private static RunOutcome Name(string placement, int relaxation, TensorRole role, RunOutcome signal)
    {
        var (_, status, verb) = s_relaxations[relaxation];
        var side = placement == Protection.After ? "behind" : "before";
        return status == RunStatus.InputModified
            ? new(status, $"input {role.Name()} is written ({signal.Message})")
            : new(status, $"memory {side} {role.Name()} is {verb} ({signal.Message})");
    }

    private bool Survives(NormProblem problem, TensorSet tensors, string placement, string relaxation, TensorRole? role)
    {
        var outcome = run(
            problem,
            tensors.Clone(),
            [
                new(Protection.PlacementsKey, placement),
                new(Protection.RelaxKey, relaxation),
                new(Protection.RelaxTensorKey, role?.Name() ?? ""),
            ]
        );
        return outcome.Status is not (RunStatus.Signal or RunStatus.Exited or RunStatus.TimedOut);
    }
}

/// <summary>How the worker protects buffers: metadata keys and words that only our own worker understands.</summary>
internal static class Protection
{
    public const string PlacementsKey = "placements";
    public const string RelaxKey = "relax";
    public const string RelaxTensorKey = "relax_tensor";

    /// <summary>The buffer ends at an unreadable page.</summary>
    public const string After = "after";

    /// <summary>The buffer begins at an unreadable page.</summary>
    public const string Before = "before";

    public const string InputsWritable = "inputs-writable";
    public const string GuardsReadable = "guards-readable";
    public const string GuardsWritable = "guards-writable";

    public static IReadOnlyList<string> Placements { get; } = [After, Before];
}
