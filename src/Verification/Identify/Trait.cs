using NormCheck.Contract;

namespace NormCheck.Verification.Identify;

/// <summary>
/// A question on which systems differ. A trait knows the possible answers, makes calls for which they differ by more than
/// rounding explains, and keeps those answers whose interval holds what came back.
/// </summary>
public abstract class Trait
{
    public abstract string Id { get; }

    /// <summary>The question, as the head of a line.</summary>
    public abstract string Title { get; }

    public virtual bool Concerns(NormOp op) => true;

    /// <summary>The answer of a convention in an op, in the words of <see cref="Ask"/>; null where it leaves that open.</summary>
    public abstract string? Of(Convention convention, NormOp op);

    /// <summary>Asks; what is told goes into <see cref="Subject.Known"/>, on which later questions build.</summary>
    public abstract TraitReport Ask(Subject subject);

    protected TraitReport NotAsked(string reason) => new(Id, Title, [], reason, "", false);

    /// <summary>The answers that are left, with the case that tells most about them.</summary>
    protected TraitReport Told(
        IEnumerable<string> possible,
        Cases.Case seenOn,
        string remark = ""
    ) => new(Id, Title, [.. possible.Distinct()], remark, seenOn.Text, true);

    /// <summary>
    /// Keeps the answers that all cases allow. The first of them is taken for known.
    /// </summary>
    protected TraitReport Choose(
        Subject subject,
        IReadOnlyList<Answer> answers,
        IReadOnlyList<Cases.Case> cases,
        params TensorRole[] roles
    )
    {
        if (subject.Declines(cases) is { } reason)
        {
            return NotAsked(reason);
        }

        var known = subject.Known;
        Answer[] left =
        [
            .. answers.Where(answer =>
                cases.All(each => subject.Agrees(each, answer.Apply(known), roles))
            ),
        ];
        if (left.Length > 0)
        {
            subject.Known = left[0].Apply(known);
        }

        return Told(left.Select(answer => answer.Words), cases[0]);
    }
}
