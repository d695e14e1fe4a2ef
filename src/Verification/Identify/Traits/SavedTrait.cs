using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>What a training forward saves as the spread.</summary>
internal sealed class SavedTrait : Trait
{
    private static readonly (SavedStatistic Value, string Words)[] s_words =
    [
        (SavedStatistic.InverseStd, "1/√(v + ε)"),
        (SavedStatistic.Variance, "v"),
    ];

    private static readonly double[][] s_groups =
    [
        [1, 2, 4, 9],
        [-3, 0.5, 7, 8],
    ];

    public override string Id => "saved";

    public override string Title => "saved spread";

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Value == convention.Saved).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_groups, 0.5) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var saving = plain with { Problem = plain.Problem with { Saved = true } };
        if (
            subject.Declines([saving]) is null
            && subject.Observe(saving).Outputs[TensorRole.SavedInvStd] is null
        )
        {
            return NotAsked("it saves none");
        }

        Answer[] answers =
        [
            .. s_words.Select(each => new Answer(
                each.Words,
                known => known with { Saved = each.Value }
            )),
        ];
        return Choose(subject, answers, [saving], TensorRole.SavedInvStd);
    }
}
