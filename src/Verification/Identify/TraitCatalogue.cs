using NormCheck.Contract;
using NormCheck.Verification.Identify.Traits;

namespace NormCheck.Verification.Identify;

/// <summary>All questions, in the order in which they are asked: later ones build on what earlier ones told.</summary>
public static class TraitCatalogue
{
    public static IReadOnlyList<Trait> All { get; } =
    [
        new DivisorTrait(),
        new EpsilonTrait(NormPass.ForwardTraining),
        new EpsilonTrait(NormPass.ForwardInference),
        new DegenerateTrait(),
        new SingleElementTrait(),
        new GroupOrderTrait(),
        new AffineShapeTrait(),
        new GammaTrait(),
        new CastTrait(),
        new StatisticsTrait(),
        new ApplyTrait(NormPass.ForwardTraining),
        new ApplyTrait(NormPass.ForwardInference),
        new RunningTrait(),
        new StoredTrait(),
        new SavedTrait(),
        new BackwardTrait(),
        new RenormTrait(),
    ];
}
