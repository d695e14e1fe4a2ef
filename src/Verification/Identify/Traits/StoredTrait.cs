using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// Which variance the running statistics take in. ε is 0.5 here, so that it shows where it enters (Keras 2 divides by
/// m − (1 + ε), Chainer stores v + ε).
/// </summary>
internal sealed class StoredTrait : Trait
{
    private const double Momentum = 0.125;
    private const double Epsilon = 0.5;

    private static readonly (StoredFactor Factor, bool WithEpsilon, string Words)[] s_words =
    [
        (StoredFactor.Population, false, "S/m"),
        (StoredFactor.Bessel, false, "S/(m − 1)"),
        (StoredFactor.Keras2, false, "S/(m − (1 + ε))"),
        (StoredFactor.Population, true, "S/m + ε"),
        (StoredFactor.Bessel, true, "(S/m + ε)·m/(m − 1)"),
    ];

    public override string Id => "stored";

    public override string Title => "running variance";

    public override bool Concerns(NormOp op) => op == NormOp.BatchNorm;

    public override string? Of(Convention convention, NormOp op)
    {
        if (convention.Running == RunningKind.None)
        {
            return null;
        }

        // A variance that was divided by m − 1 to normalize is stored as it is.
        var factor =
            convention.NormalizingDivisor == Divisor.Bessel
            || convention.StoredFactor == StoredFactor.BesselGuarded
                ? StoredFactor.Bessel
                : convention.StoredFactor;
        return s_words
            .First(each =>
                each.Factor == factor && each.WithEpsilon == convention.StoredIncludesEpsilon
            )
            .Words;
    }

    public override TraitReport Ask(Subject subject)
    {
        Convention[] calls = [Conventions.Default, Conventions.Get("population")];
        var made = calls
            .Select(stored => RunningSteps.Make(subject, Momentum, Epsilon, stored))
            .ToArray();
        if (made.Any(steps => steps is null))
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var taken = made.OfType<RunningSteps>()
            .Where(steps => steps.Declined.Length == 0)
            .ToArray();
        if (taken.Length == 0)
        {
            return NotAsked(made[0]!.Declined);
        }

        var told = taken.Select(steps => Told(subject, steps)).ToArray();
        var asked = told.Length == 2 && !told[0].SequenceEqual(told[1]);
        return Told(
            told.SelectMany(words => words),
            taken[0].First,
            asked ? "as stored_variance of the call says" : ""
        );
    }

    private static string[] Told(Subject subject, RunningSteps steps)
    {
        if (subject.Known.NormalizingDivisor == Divisor.Bessel)
        {
            return steps.VariancesFit(subject.Known, subject.Weight(Momentum))
                ? [s_words[1].Words]
                : [];
        }

        foreach (var (factor, withEpsilon, words) in s_words)
        {
            var known = subject.Known with
            {
                StoredFactor = factor,
                StoredIncludesEpsilon = withEpsilon,
            };
            if (steps.VariancesFit(known, subject.Weight(Momentum)))
            {
                subject.Known = known;
                return [words];
            }
        }

        return [];
    }
}
