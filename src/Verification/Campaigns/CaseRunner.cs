using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Causes;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

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
    /// <summary>The first law that is broken on the case, where laws were tried; its outputs are right by themselves.</summary>
    public BrokenLaw? Broken { get; init; }

    public bool Declined => Outcome.Declined;

    /// <summary>True where the call ended badly or its outputs are wrong.</summary>
    public bool IsWrong => Outcome.IsFinding || Verdict is { Holds: false };

    public bool Failed => IsWrong || Broken is not null;

    internal Evidence Evidence => new(Case.Problem, Inputs, Outputs, Verdict!.Level);
}

/// <summary>A law and how it is broken.</summary>
public sealed record BrokenLaw(Law Law, string Detail);

/// <summary>Runs single cases on a backend and judges them.</summary>
public static class CaseRunner
{
    private static readonly Cause s_large = new(
        "only-when-large",
        "wrong only where the problem is large: with half the rows or half their length it is right"
    );

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

    /// <summary>A bench for laws on a case that was run.</summary>
    public static LawBench Bench(
        INormBackend backend,
        CaseResult result,
        ContractLevel level,
        Func<INormBackend>? another
    ) =>
        new(backend, result.Case, level)
        {
            Another = another,
            Call = Call.Of(result.Case.Problem, result.Inputs),
        };

    /// <summary>What the failure is called: findings with the same signature count as one.</summary>
    /// <param name="result">What failed.</param>
    /// <param name="backend">Asked again where several causes fit, and for smaller cases; null: the case alone decides.</param>
    public static Signature Sign(CaseResult result, INormBackend? backend = null)
    {
        var cell = CaseCell.Of(result.Case.Problem);
        if (result.Outcome.IsFinding)
        {
            return new(cell, result.Outcome.Status.ToString(), OutcomeCause(result.Outcome));
        }

        if (result.Verdict!.Failure is not { } failure)
        {
            var law = result.Broken!.Law;
            return new(
                cell,
                Signature.Lawless,
                new($"{Signature.LawPrefix}{law.Id}", $"breaks a law: {law.Statement}")
            );
        }

        return new(
            cell,
            Signature.Wrong,
            failure.Kind == FailureKind.Unwritten
                ? Unwritten(failure.Role)
                : Explain(result, backend)
        );
    }

    /// <summary>
    /// The cause of wrong outputs, looked for in a small case where there is one: formulas are told apart on few elements
    /// as well as on many, at a fraction of the time.
    /// </summary>
    private static Cause Explain(CaseResult result, INormBackend? backend)
    {
        if (backend is not null && result.Case.Problem.Shape.Count > CaseReduction.Large)
        {
            result = CaseReduction.Smaller(backend, result);
        }

        return result.Case.Problem.Shape.Count > CaseReduction.TooLarge
            ? s_large
            : Diagnosis.Explain(result.Evidence, backend);
    }

    /// <summary>Whether a case fails in the way that a signature says, at the least a cause that fits both.</summary>
    public static bool Shows(CaseResult result, Signature signature)
    {
        if (result.Declined || !result.Failed)
        {
            return false;
        }

        var cell = CaseCell.Of(result.Case.Problem);
        return signature.Status != Signature.Wrong
            ? Sign(result).Key == signature.Key
            : cell == signature.Cell
                && result.Verdict?.Failure is { } failure
                && (
                    failure.Kind == FailureKind.Unwritten
                        ? Unwritten(failure.Role) == signature.Cause
                    : signature.Cause == s_large ? Explain(result, null) == s_large
                    : Diagnosis.Explains(signature.Cause, result.Evidence)
                );
    }

    private static Cause Unwritten(TensorRole role) =>
        new("unwritten", $"{role.Name()} is not wholly written");

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

    /// <summary>Status of right outputs that break a law.</summary>
    public const string Lawless = "Lawless";

    /// <summary>What the id of a cause starts with that is a broken law.</summary>
    public const string LawPrefix = "law:";

    /// <summary>The law that a lawless signature is about.</summary>
    public Law Law() => LawCatalogue.Get(Cause.Id[LawPrefix.Length..]);

    /// <summary>
    /// A text that orders and identifies signatures. One cause in an op counts once, in whatever passes, types and
    /// layouts; what cannot be explained counts once per pass, and a call that ended badly once per op: each costs a
    /// process.
    /// </summary>
    public string Key =>
        Status == Lawless || Cause == Cause.Unknown
            ? $"{Cell.Op.Word()}|{Cell.Pass.Word(Cell.Op)}|{Status}|{Cause.Id}"
            : $"{Cell.Op.Word()}|{Status}|{Cause.Id}";
}
