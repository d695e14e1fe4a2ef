using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Whether a training batch norm takes one element a channel.</summary>
internal sealed class SingleElementTrait : Trait
{
    private const string Taken = "taken";
    private const string Refused = "an error";

    private static readonly double[][] s_single =
    [
        [3],
        [-2],
    ];

    public override string Id => "single-element";

    public override string Title => "m = 1 in training";

    public override bool Concerns(NormOp op) => op == NormOp.BatchNorm;

    public override string? Of(Convention convention, NormOp op) =>
        // 0/0 in any case, so a system may as well refuse.
        convention.NormalizingDivisor == Divisor.Bessel
            ? null
        : convention.AllowsSingleElement ? Taken
        : Refused;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_single, 1e-3) is not { } single)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var told = subject.Declines([single]);
        return Told([told is null ? Taken : Refused], single, told ?? "");
    }
}
