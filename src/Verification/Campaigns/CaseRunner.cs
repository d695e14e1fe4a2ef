using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>What became of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Outcome">How the call ended.</param>
/// <param name="Verdict">The judgement on the outputs, where the call completed.</param>
/// <param name="Inputs">All tensors as they were before the call.</param>
/// <param name="Outputs">All tensors as they are after the call.</param>
public sealed record CaseResult(
    Case Case,
    RunOutcome Outcome,
    Verdict? Verdict,
    TensorSet Inputs,
    TensorSet Outputs
)
{
    public bool Declined => Outcome.Declined;

    public bool Failed => Outcome.IsFinding || Verdict is { Holds: false };
}

/// <summary>Runs single cases on a backend and judges them.</summary>
public static class CaseRunner
{
    public static CaseResult Run(INormBackend backend, Case @case, ContractLevel level)
    {
        var inputs = CaseData.Build(@case);
        if (backend.Refuses(@case.Problem) is { } reason)
        {
            return new(@case, new(RunStatus.Unsupported, reason), null, inputs, inputs);
        }

        var outputs = inputs.Clone();
        var outcome = backend.Run(@case.Problem, outputs);
        var verdict =
            outcome.Status == RunStatus.Completed
                ? OutputJudge.Decide(
                    @case.Problem,
                    outputs,
                    Oracle.Expect(@case.Problem, inputs, level),
                    level
                )
                : null;
        return new(@case, outcome, verdict, inputs, outputs);
    }

    /// <summary>What the failure is called: findings with the same signature count as one.</summary>
    public static Signature Sign(CaseResult result)
    {
        var cell = CaseCell.Of(result.Case.Problem);
        if (result.Outcome.IsFinding)
        {
            return new(cell, result.Outcome.Status.ToString(), OutcomeCause(result.Outcome));
        }

        var failure = result.Verdict!.Failure!;
        var cause =
            failure.Kind == FailureKind.Unwritten
                ? new Cause("unwritten", $"{failure.Role.Name()} is not wholly written")
                : Diagnosis.Explain(
                    result.Case.Problem,
                    result.Inputs,
                    result.Outputs,
                    result.Verdict.Level
                );
        return new(cell, Signature.Wrong, cause);
    }

    private static Cause OutcomeCause(RunOutcome outcome) =>
        outcome.Status switch
        {
            RunStatus.Signal => new("signal", "the process is killed by a signal"),
            RunStatus.Exited => new("exited", "the process ends in the middle of a call"),
            RunStatus.TimedOut => new("time-out", "no answer within the time limit"),
            RunStatus.OutOfBoundsRead => new(
                "out-of-bounds-read",
                "memory outside a buffer is read"
            ),
            RunStatus.OutOfBoundsWrite => new(
                "out-of-bounds-write",
                "memory outside a buffer is written"
            ),
            RunStatus.InputModified => new("input-modified", "an input tensor is written"),
            RunStatus.BadAnswer => new(
                "bad-answer",
                "the answer cannot be understood or does not fit"
            ),
            RunStatus.InvalidArgument => new("refused", "a valid problem is called invalid"),
            _ => new("failed", "the backend reports a failure"),
        };
}

/// <summary>What makes two failures the same finding: where, how and why.</summary>
public sealed record Signature(CaseCell Cell, string Status, Cause Cause)
{
    /// <summary>Status of an output that is wrong, as against a call that ended badly.</summary>
    public const string Wrong = "Wrong";

    /// <summary>
    /// A text that orders and identifies signatures. A call that ended badly counts once per op: crashes do not depend on
    /// element type and layout as rounding does, and each costs a process.
    /// </summary>
    public string Key =>
        Status == Wrong ? $"{Cell}|{Status}|{Cause.Id}" : $"{Cell.Op.Word()}|{Status}|{Cause.Id}";
}
