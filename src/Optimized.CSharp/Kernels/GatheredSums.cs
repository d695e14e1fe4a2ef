using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σ(x − pivot), Σ(x − pivot)², Σg and Σg·(x − pivot), with dy or γ·dy for g, and how large g is; and the smallest abs(x) that is not 0, ∞ where nobody asks.
/// </summary>
internal readonly record struct GatheredSums(
    Extended Deviations,
    Extended Squares,
    Extended Sum,
    Extended Products,
    GradientSize Size,
    double LeastX
);
