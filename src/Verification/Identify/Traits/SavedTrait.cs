using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>What a training forward saves as the spread.</summary>
internal sealed class SavedTrait()
    : OptionTrait<SavedStatistic>(
        (SavedStatistic.InverseStd, "1/√(v + ε)"),
        (SavedStatistic.Variance, "v")
    )
{
    public override string Id => "saved";

    public override string Title => "saved spread";

    protected override SavedStatistic Get(Convention convention) => convention.Saved;

    protected override Convention Set(Convention convention, SavedStatistic value) =>
        convention with
        {
            Saved = value,
        };

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, Subject.Ordinary, 0.5) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var saving = plain with { Problem = plain.Problem with { Saved = true } };
        return
            subject.Declines([saving]) is null
            && subject.Observe(saving).Outputs[TensorRole.SavedInvStd] is null
            ? NotAsked("it saves none")
            : Choose(subject, Answers, [saving], TensorRole.SavedInvStd);
    }
}
