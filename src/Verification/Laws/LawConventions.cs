using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What a law needs of a convention, as questions.</summary>
internal static class LawConventions
{
    /// <summary>The law is not about what the convention computes.</summary>
    public static LawOutcome Other { get; } = LawOutcome.Skip("the convention differs");

    /// <summary>1/σ = 1/√(v + ε) with v = S/m, in forward and backward, 1/σ is what is saved, and 1/0 is no 0.</summary>
    public static bool IsPlain(this NormProblem problem) =>
        problem.Convention is { } convention
        && convention.NormalizingDivisor == Divisor.Population
        && convention.ForwardEpsilon.Placement != EpsilonPlacement.OutsideRoot
        && convention.ForwardEpsilon == convention.BackwardEpsilon
        && convention.Saved == SavedStatistic.InverseStd
        && (convention.Degenerate == DegenerateRule.Natural || problem.RootEpsilon() > 0)
        && problem.HasExactGradient();

    /// <summary>The backward is the derivative of the forward, with its sign.</summary>
    public static bool HasExactGradient(this NormProblem problem) =>
        problem.Convention is { Backward: BackwardRule.Exact, NegatedGradient: false };

    /// <summary>ε as a training forward uses it inside the root.</summary>
    public static double RootEpsilon(this NormProblem problem) =>
        problem.Convention.ForwardEpsilon.Placement == EpsilonPlacement.Absent
            ? 0
            : problem.Convention.ForwardEpsilon.Effective(problem.Epsilon);

    /// <summary>ε is the argument, under the root, in every phase: it can be given another value.</summary>
    public static bool HasFreeEpsilon(this NormProblem problem) =>
        Array.TrueForAll(
            [
                problem.Convention.ForwardEpsilon,
                problem.Convention.InferenceEpsilon,
                problem.Convention.BackwardEpsilon,
            ],
            rule => rule == new EpsilonRule(EpsilonPlacement.InsideRoot)
        );

    /// <summary>What is stored of a variance is a multiple of it that does not depend on ε.</summary>
    public static bool StoresMultiple(this NormProblem problem) =>
        problem.Convention
            is { StoredFactor: not StoredFactor.Keras2, StoredIncludesEpsilon: false };

    /// <summary>The factor from S/m to what is stored; ∞ where there is none.</summary>
    public static double StoredFactorFor(this NormProblem problem, double m) =>
        problem.Convention.NormalizingDivisor == Divisor.Bessel
            ? double.PositiveInfinity
            : problem.Convention.StoredFactor switch
            {
                StoredFactor.Population => 1,
                StoredFactor.Bessel => m / (m - 1),
                StoredFactor.BesselGuarded => m / Math.Max(m - 1, 1),
                _ => double.PositiveInfinity,
            };

    /// <summary>γ is used as it is, and the result is rounded once.</summary>
    public static bool HasPlainAffine(this NormProblem problem) =>
        problem.Convention is { GammaOffset: 0, CastPoint: CastPoint.AfterAffine };

    /// <summary>run ← (1 − α)·run + α·new.</summary>
    public static bool KeepsExponentially(this NormProblem problem) =>
        problem.Convention.Running is RunningKind.MeanVariance or RunningKind.MeanStd;
}
