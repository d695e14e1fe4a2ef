using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>By what Σ(x − μ)² is divided before the root. The data are so wide that ε does not matter.</summary>
internal sealed class DivisorTrait : Trait
{
    private static readonly (Divisor Value, string Words)[] s_words =
    [
        (Divisor.Population, "S/m"),
        (Divisor.Bessel, "S/(m − 1)"),
    ];

    private static readonly double[][] s_groups =
    [
        [-3000, -1000, 1000, 3000],
        [5000, -7000, 2000, 100],
        [400, 900, -1600, 2500],
    ];

    public override string Id => "divisor";

    public override string Title => "variance that normalizes";

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Value == convention.NormalizingDivisor).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_groups, 1e-5) is not { } wide)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        Answer[] answers =
        [
            .. s_words.Select(each => new Answer(
                each.Words,
                known => known with { NormalizingDivisor = each.Value }
            )),
        ];
        return Choose(subject, answers, [wide], TensorRole.Y);
    }
}
