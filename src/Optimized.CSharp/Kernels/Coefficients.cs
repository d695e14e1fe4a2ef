using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// What a group is normalized with: x̂ = (x − Mean)·InverseStd + Rest. The mean is in two parts, the first one a number of the
/// type that kernels compute in, so x − Mean is exact for an x close to it; Rest is the other one, times −InverseStd.
/// </summary>
internal struct Centre
{
    public double Mean;
    public double Rest;
    public double InverseStd;

    public Centre(Extended mean, double inverseStd)
    {
        Mean = mean.Hi;
        InverseStd = inverseStd;

        // Not 0·∞, which would make a NaN of an infinite x̂.
        Rest = mean.Lo == 0 ? 0 : -mean.Lo * inverseStd;
    }
}

/// <summary>y = x̂·Scale + Shift.</summary>
internal readonly record struct Affine(double Scale, double Shift);

/// <summary>
/// dx = Factor·(γ·dy − MeanOfG − x̂·Correlation), with g = γ·dy, MeanOfG = Σg/m, Correlation = Σ(g·x̂)/m and Factor = 1/σ
/// (renorm: r/σ). Inference: MeanOfG = Correlation = 0.
/// </summary>
internal readonly record struct Slope(double MeanOfG, double Correlation, double Factor);
