using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>By what Σ(x − μ)² is divided before the root. The data are so wide that ε does not matter.</summary>
internal sealed class DivisorTrait()
    : OptionTrait<Divisor>((Divisor.Population, "S/m"), (Divisor.Bessel, "S/(m − 1)"))
{
    private static readonly double[][] s_groups =
    [
        [-3000, -1000, 1000, 3000],
        [5000, -7000, 2000, 100],
        [400, 900, -1600, 2500],
    ];

    public override string Id => "divisor";

    public override string Title => "variance that normalizes";

    protected override Divisor Get(Convention convention) => convention.NormalizingDivisor;

    protected override Convention Set(Convention convention, Divisor value) =>
        convention with
        {
            NormalizingDivisor = value,
        };

    public override TraitReport Ask(Subject subject) =>
        subject.Make(NormPass.ForwardTraining, s_groups, 1e-5) is { } wide
            ? Choose(subject, Answers, [wide], TensorRole.Y)
            : NotAsked(subject.Reason(NormPass.ForwardTraining));
}
