using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Powers of two for Σdy·(x − pivot) of columns (<see cref="Kernels.ISum{TSelf,TPack,TWide}.Scales"/>). The products of a
/// chunk are taken before σ of the group is known, but Q = Σ(x − pivot)² of the n rows at hand is:
/// m·σ² ≥ Q + n·ε, so 2ᵏ ≈ √m/√(Q + n·ε) is not far below 1/σ, and |x − pivot|·2ᵏ is at most about √m.
/// </summary>
/// <param name="GroupSize">m.</param>
/// <param name="Smallest">The smallest square that is not 0: Q may have lost as much.</param>
internal readonly record struct ColumnScales(double GroupSize, double Epsilon, double Smallest)
{
    /// <param name="squares">Q.</param>
    /// <param name="rows">n.</param>
    public double Of(double squares, double rows) =>
        PowersOfTwo.NearRoot(GroupSize, Math.Max(squares + (rows * Epsilon), Smallest));
}
