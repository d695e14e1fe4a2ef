namespace NormCheck.Golden.Worked;

/// <summary>Gradients through mean and variance one at a time, as the papers write them.</summary>
internal static class ChainRule
{
    /// <summary>
    /// For one group with ∂ℓ/∂x̂ = g: ∂ℓ/∂σ² = Σg(x − μ)·(−½)(σ² + ε)^(−3/2), ∂ℓ/∂μ = −Σg/√(σ² + ε) + ∂ℓ/∂σ²·Σ(−2)(x − μ)/m,
    /// ∂ℓ/∂x = g/√(σ² + ε) + ∂ℓ/∂σ²·2(x − μ)/m + ∂ℓ/∂μ/m. Gives ∂ℓ/∂x and x̂.
    /// </summary>
    public static (Rational[] Dx, Rational[] Normalized) Centred(
        Rational[] x,
        Rational[] g,
        Rational epsilon
    )
    {
        var group = new Group(x);
        var deviations = x.Select(each => each - group.Mean).ToArray();
        var square = group.Variance + epsilon;
        var root = square.Root();
        var dVariance = g.Dot(deviations) * new Rational(-1, 2) / (square * root);
        var dMean = (-g.Sum() / root) + (dVariance * -2 * deviations.Sum() / x.Length);
        return (
            [
                .. g.Select(
                    (each, i) =>
                        (each / root)
                        + (dVariance * 2 * deviations[i] / x.Length)
                        + (dMean / x.Length)
                ),
            ],
            [.. deviations.Select(each => each / root)]
        );
    }
}
