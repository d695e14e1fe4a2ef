using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// How running statistics take in a batch, and what "momentum" means: three steps tell an exponential average from an
/// average of all batches, a debiased one and decayed sums.
/// </summary>
internal sealed class RunningTrait : Trait
{
    private const double Momentum = 0.125;

    private static readonly (RunningKind[] Kinds, string Words)[] s_words =
    [
        (
            [RunningKind.MeanVariance, RunningKind.MeanStd],
            "(1 − α)·old + α·new, α the momentum of the call"
        ),
        ([RunningKind.Cumulative, RunningKind.Population], "the mean of all batches so far"),
        (
            [RunningKind.Debiased, RunningKind.WeightedSums],
            "the mean of all batches, decayed by 1 − α a step (debiased)"
        ),
    ];

    public override string Id => "running";

    public override string Title => "running statistics";

    public override bool Concerns(NormOp op) => op == NormOp.BatchNorm;

    public override string? Of(Convention convention, NormOp op) =>
        Array.Find(s_words, each => each.Kinds.Contains(convention.Running)).Words;

    public override TraitReport Ask(Subject subject)
    {
        var (steps, reason) = Steps(subject, Momentum, 1e-3);
        if (steps is null)
        {
            return NotAsked(reason);
        }

        foreach (var (kinds, words) in s_words)
        {
            var known = subject.Known with { Running = kinds[0] };
            if (steps.MeansFit(known, Momentum))
            {
                subject.Known = known;
                return Told([words], steps.First);
            }
        }

        return Told(Unusual(subject, steps) is { } other ? [other] : [], steps.First);
    }

    /// <summary>The steps in the first form of call that the backend takes.</summary>
    public static (RunningSteps? Steps, string Reason) Steps(
        Subject subject,
        double momentum,
        double epsilon
    )
    {
        var reason = subject.Reason(NormPass.ForwardTraining);
        foreach (var stored in new[] { Conventions.Default, Conventions.Get("population") })
        {
            if (RunningSteps.Make(subject, momentum, epsilon, stored) is not { } steps)
            {
                return (null, subject.Reason(NormPass.ForwardTraining));
            }

            if (steps.Declined.Length == 0)
            {
                return (steps, "");
            }

            reason = steps.Declined;
        }

        return (null, reason);
    }

    /// <summary>An exponential average with another weight than the one that was asked for.</summary>
    private static string? Unusual(Subject subject, RunningSteps steps)
    {
        var known = subject.Known with { Running = RunningKind.MeanVariance };
        if (steps.MeansFit(known, 1 - Momentum))
        {
            subject.Weight = momentum => 1 - momentum;
            return "α·old + (1 − α)·new: the momentum of the call is the share kept";
        }

        for (var digits = 0; digits < 7; digits++)
        {
            var weight = double.Parse(
                steps.FirstWeight.ToString($"E{digits}", CultureInfo.InvariantCulture),
                CultureInfo.InvariantCulture
            );
            if (steps.MeansFit(known, weight))
            {
                subject.Weight = _ => weight;
                return $"(1 − α)·old + α·new with α = {ProblemText.Number(weight)} whatever is given";
            }
        }

        return null;
    }
}
