using System.Numerics;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>Denominators of x̂. One number a group, so they are computed in binary64 and rounded once.</summary>
internal static class Denominator
{
    /// <summary>√(v + ε).</summary>
    public static double Std(double variance, double epsilon) => Math.Sqrt(variance + epsilon);

    /// <summary>1/√(v + ε); ∞ where v = ε = 0.</summary>
    public static T InverseStd<T>(double variance, double epsilon)
        where T : IFloatingPointIeee754<T> => T.CreateChecked(1 / Std(variance, epsilon));
}
