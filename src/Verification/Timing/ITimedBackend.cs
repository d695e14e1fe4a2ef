using NormCheck.Contract;

namespace NormCheck.Verification.Timing;

/// <summary>How timed calls ended, and the nanoseconds of each repetition where they completed.</summary>
public sealed record TimedRun(RunOutcome Outcome, IReadOnlyList<long> Nanoseconds);

/// <summary>How preparing a call ended; the call is null where it did not complete.</summary>
public sealed record PreparedCall(RunOutcome Outcome, ITimedCall? Call);

/// <summary>The outputs of the last repetition; null where they could not be had.</summary>
public sealed record CollectedOutputs(RunOutcome Outcome, TensorSet? Outputs);

/// <summary>A backend that measures its own calls, without what it costs to reach it.</summary>
public interface ITimedBackend
{
    /// <summary>Hands over the problem and its inputs once; outputs are the backend's to allocate and to touch.</summary>
    PreparedCall Prepare(NormProblem problem, TensorSet inputs);
}

/// <summary>A call that is set up: the inputs are where the backend wants them, and it can be repeated.</summary>
public interface ITimedCall : IDisposable
{
    /// <summary>True where the first calls run code that is still being compiled, in tiers: they need a long warm-up.</summary>
    bool IsCompiledMeanwhile { get; }

    /// <summary>
    /// Repeats the call. Running statistics are put back before each repetition, outside of the measured time, so that
    /// every one computes the same.
    /// </summary>
    TimedRun Repeat(int repetitions);

    /// <summary>What the last repetition wrote. Nothing may be repeated afterwards.</summary>
    CollectedOutputs Collect();
}
