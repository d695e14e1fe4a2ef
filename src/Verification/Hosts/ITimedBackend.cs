using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>How a timed call ended, and the nanoseconds of each repetition where it completed.</summary>
public sealed record TimedRun(RunOutcome Outcome, IReadOnlyList<long> Nanoseconds);

/// <summary>A backend that measures its own calls, without what it costs to reach it.</summary>
public interface ITimedBackend
{
    /// <summary>Repeats a call; the outputs are those of one call on the given inputs, as after Run.</summary>
    TimedRun Time(NormProblem problem, TensorSet tensors, int repetitions);
}
