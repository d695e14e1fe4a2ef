using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>What y is where v = 0 and ε = 0: 0/0, or β.</summary>
internal sealed class DegenerateTrait : Trait
{
    private const string Zero = "β: 1/√0 is taken as 0";
    private const string Natural = "NaN: 0/0";

    private static readonly double[][] s_constant =
    [
        [2, 2, 2, 2],
        [-4, -4, -4, -4],
    ];

    public override string Id => "degenerate";

    public override string Title => "v = 0 and ε = 0";

    public override bool Concerns(NormOp op) => op == NormOp.BatchNorm;

    public override string? Of(Convention convention, NormOp op) =>
        convention.Degenerate == DegenerateRule.ZeroInverseStd ? Zero
        : convention.ForwardEpsilon is { Fixed: not null } or { Floor: > 0 } ? null
        : Natural;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_constant, 0) is not { } constant)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        if (subject.Declines([constant]) is { } reason)
        {
            return NotAsked(reason);
        }

        var rule = subject.Known.ForwardEpsilon;
        if (rule.Fixed is not null || rule.Floor > 0)
        {
            return NotAsked("its ε is never 0");
        }

        var y = subject.Observe(constant).Outputs.Require(TensorRole.Y).ToDoubles();
        var zero = y.All(value => value == 0);
        subject.Known = subject.Known with
        {
            Degenerate = zero ? DegenerateRule.ZeroInverseStd : DegenerateRule.Natural,
        };
        return Told(
            zero ? [Zero]
                : y.All(double.IsNaN) ? [Natural]
                : [],
            constant
        );
    }
}
