using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σ(x − pivot), Σ(x − pivot)², Σg, Σg·(x − pivot) and Σg², with dy or γ·dy for g; and the smallest abs(x) that is not 0, ∞ where nobody asks.
/// </summary>
internal readonly record struct GatheredSums(
    Extended Deviations,
    Extended Squares,
    Extended Sum,
    Extended Products,
    double SquaresOfG,
    double LeastX
);
