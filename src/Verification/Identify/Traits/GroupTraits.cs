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
internal sealed class GroupOrderTrait : Trait
{
    private static readonly (GroupOrder Value, string Words)[] s_words =
    [
        (GroupOrder.Contiguous, "neighbours: c div (C/G)"),
        (GroupOrder.Interleaved, "interleaved: c mod G"),
    ];

    public override string Id => "group-order";

    public override string Title => "channels of a group";

    public override bool Concerns(NormOp op) => op == NormOp.GroupNorm;

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Value == convention.GroupOrder).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (TwoGroups.Make(subject) is not { } grouped)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        Answer[] answers =
        [
            .. s_words.Select(each => new Answer(
                each.Words,
                known => known with { GroupOrder = each.Value }
            )),
        ];
        return Choose(subject, answers, [grouped], TensorRole.Y);
    }
}

/// <summary>Whether group norm has γ and β for every channel or for every group.</summary>
internal sealed class AffineShapeTrait : Trait
{
    private static readonly (AffineShape Value, string Words)[] s_words =
    [
        (AffineShape.PerParameterSlot, "one a channel"),
        (AffineShape.PerGroup, "one a group"),
    ];

    public override string Id => "affine-shape";

    public override string Title => "γ and β";

    public override bool Concerns(NormOp op) => op == NormOp.GroupNorm;

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Value == convention.AffineShape).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (TwoGroups.Make(subject) is not { } plain)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var reason = "";
        foreach (var (value, words) in s_words)
        {
            var known = subject.Known with { AffineShape = value };
            var problem = plain.Problem with
            {
                Affine = AffineParts.Both,
                Convention = plain.Problem.Convention with { AffineShape = value },
            };
            double[] gamma = [2, -1, 0.5, 3];
            double[] beta = [0.5, 1, -2, 4];
            var count = (int)problem.ParameterShape.Count;
            var shaped = new Case
            {
                Problem = problem,
                Values = plain.Values.Remove(TensorRole.Gamma).Remove(TensorRole.Beta),
            };
            shaped = Subject.Given(shaped, TensorRole.Gamma, gamma.Take(count));
            shaped = Subject.Given(shaped, TensorRole.Beta, beta.Take(count));
            if (subject.Declines([shaped]) is { } declined)
            {
                reason = reason.Length > 0 ? reason : declined;
            }
            else if (subject.Agrees(shaped, known, TensorRole.Y))
            {
                subject.Known = known;
                return Told([words], shaped);
            }
        }

        return reason.Length > 0 ? NotAsked(reason) : Told([], plain);
    }
}
