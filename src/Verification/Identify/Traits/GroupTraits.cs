using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Calls of group norm with four channels in two groups.</summary>
internal static class TwoGroups
{
    private static readonly double[][] s_channels =
    [
        [1, 2, 4, 9],
        [30, 50, 70, 80],
        [-6, -3, -2, -1],
        [0.25, 0.5, 0.125, 1],
    ];

    /// <summary>Null where the backend takes no group norm.</summary>
    public static Case? Make(Subject subject)
    {
        // With a group a channel the order of channels is plain; then the groups are made larger.
        if (subject.Make(NormPass.ForwardTraining, s_channels, 1e-3) is not { } single)
        {
            return null;
        }

        return single with
        {
            Problem = single.Problem with { Groups = 2 },
        };
    }
}

/// <summary>Which channels share a group.</summary>
internal sealed class GroupOrderTrait()
    : OptionTrait<GroupOrder>(
        (GroupOrder.Contiguous, "neighbours: c div (C/G)"),
        (GroupOrder.Interleaved, "interleaved: c mod G")
    )
{
    public override string Id => "group-order";

    public override string Title => "channels of a group";

    public override bool Concerns(NormOp op) => op == NormOp.GroupNorm;

    protected override GroupOrder Get(Convention convention) => convention.GroupOrder;

    protected override Convention Set(Convention convention, GroupOrder value) =>
        convention with
        {
            GroupOrder = value,
        };

    public override TraitReport Ask(Subject subject) =>
        TwoGroups.Make(subject) is { } grouped
            ? Choose(subject, Answers, [grouped], TensorRole.Y)
            : NotAsked(subject.Reason(NormPass.ForwardTraining));
}

/// <summary>Whether group norm has γ and β for every channel or for every group.</summary>
internal sealed class AffineShapeTrait()
    : OptionTrait<AffineShape>(
        (AffineShape.PerParameterSlot, "one a channel"),
        (AffineShape.PerGroup, "one a group")
    )
{
    private static readonly double[] s_gamma = [2, -1, 0.5, 3];
    private static readonly double[] s_beta = [0.5, 1, -2, 4];

    public override string Id => "affine-shape";

    public override string Title => "γ and β";

    public override bool Concerns(NormOp op) => op == NormOp.GroupNorm;

    protected override AffineShape Get(Convention convention) => convention.AffineShape;

    protected override Convention Set(Convention convention, AffineShape value) =>
        convention with
        {
            AffineShape = value,
        };

    /// <summary>The shape of γ is part of the call, so each answer is asked with a call of its own.</summary>
    public override TraitReport Ask(Subject subject)
    {
        if (TwoGroups.Make(subject) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var reason = "";
        foreach (var answer in Answers)
        {
            var known = answer.Apply(subject.Known);
            var shaped = new Case
            {
                Problem = plain.Problem with
                {
                    Affine = AffineParts.Both,
                    Convention = answer.Apply(plain.Problem.Convention),
                },
                Values = plain.Values.Remove(TensorRole.Gamma).Remove(TensorRole.Beta),
            };
            var count = (int)shaped.Problem.ParameterShape.Count;
            shaped = Subject.Given(shaped, TensorRole.Gamma, s_gamma.Take(count));
            shaped = Subject.Given(shaped, TensorRole.Beta, s_beta.Take(count));
            if (subject.Declines([shaped]) is { } declined)
            {
                reason = reason.Length > 0 ? reason : declined;
            }
            else if (subject.Agrees(shaped, known, TensorRole.Y))
            {
                subject.Known = known;
                return Told([answer.Words], shaped);
            }
        }

        return reason.Length > 0 ? NotAsked(reason) : Told([], plain);
    }
}
