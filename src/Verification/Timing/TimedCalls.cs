using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Timing;

/// <summary>Sets a call up on whatever kind of backend it is.</summary>
public static class TimedCalls
{
    /// <summary>A backend that measures itself does so; one of this process is measured here, without its guards.</summary>
    public static PreparedCall Prepare(
        INormBackend backend,
        NormProblem problem,
        TensorSet inputs
    ) =>
        backend switch
        {
            ITimedBackend timed => timed.Prepare(problem, inputs),
            GuardedBackend guarded => EmbeddedCall.Prepare(guarded.Inner, problem, inputs),
            _ => EmbeddedCall.Prepare(backend, problem, inputs),
        };
}
