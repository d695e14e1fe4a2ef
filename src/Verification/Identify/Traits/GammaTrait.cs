using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Whether y is γ·x̂, or (1 + γ)·x̂ as in Gemma's RMS norm.</summary>
internal sealed class GammaTrait() : OptionTrait<double>((0, "γ"), (1, "1 + γ"))
{
    public override string Id => "gamma";

    public override string Title => "factor of x̂";

    protected override double Get(Convention convention) => convention.GammaOffset;

    protected override Convention Set(Convention convention, double value) =>
        convention with
        {
            GammaOffset = value,
        };

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, Subject.Ordinary, 1e-3) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        // Every other γ is 0, where an offset shows as it is.
        var scaled = subject.Scaled(
            plain,
            slot => slot % 2 == 0 ? 0.5 : 0,
            _ => 0,
            AffineParts.Scale,
            AffineParts.Both
        );
        return Choose(subject, Answers, [scaled], TensorRole.Y);
    }
}
