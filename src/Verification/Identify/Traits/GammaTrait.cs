using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Whether y is γ·x̂, or (1 + γ)·x̂ as in Gemma's RMS norm.</summary>
internal sealed class GammaTrait : Trait
{
    private static readonly (double Value, string Words)[] s_words = [(0, "γ"), (1, "1 + γ")];

    private static readonly double[][] s_groups =
    [
        [1, 2, 4, 9],
        [-3, 0.5, 7, 8],
    ];

    public override string Id => "gamma";

    public override string Title => "factor of x̂";

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Value == convention.GammaOffset).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_groups, 1e-3) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        AffineParts[] parts = [AffineParts.Scale, AffineParts.Both];
        var scaled = parts
            .Select(affine => plain with { Problem = plain.Problem with { Affine = affine } })
            .Select(each =>
                Subject.Given(
                    each,
                    TensorRole.Gamma,
                    Enumerable
                        .Range(0, (int)each.Problem.ParameterShape.Count)
                        .Select(slot => slot % 2 == 0 ? 0.5 : 0)
                )
            )
            .ToArray();
        var taken = Array.Find(scaled, each => subject.Declines([each]) is null) ?? scaled[0];
        Answer[] answers =
        [
            .. s_words.Select(each => new Answer(
                each.Words,
                known => known with { GammaOffset = each.Value }
            )),
        ];
        return Choose(subject, answers, [taken], TensorRole.Y);
    }
}
