using System.Numerics;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>y = x·a + (γd + β − μ·a) with a = γ·r/σ: two numbers an element.</summary>
internal sealed class ScaleShiftRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta)
    {
        var scale = gamma * statistics.InverseStd * statistics.R;
        return (x * scale) + ((gamma * statistics.D) + beta - (statistics.Mean * scale));
    }
}

/// <summary>The same with fused multiply-adds.</summary>
internal sealed class FusedScaleShiftRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta)
    {
        var scale = gamma * statistics.InverseStd * statistics.R;
        var shift = T.FusedMultiplyAdd(gamma, statistics.D, beta);
        return T.FusedMultiplyAdd(x, scale, T.FusedMultiplyAdd(-statistics.Mean, scale, shift));
    }
}

/// <summary>
/// dx = a·g + b·x + c with a = r/σ, b = −a·B/σ, c = −a·A − b·μ. b goes like 1/σ² and so leaves the range long before
/// dx does (data of 1e-20 or 1e20 in binary32); there the textbook form steps in.
/// </summary>
internal sealed class ThreeTermGradientRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    )
    {
        var a = statistics.InverseStd * statistics.R;
        var b = -a * means.Correlation * statistics.InverseStd;
        var c = -(a * means.Gradient) - (b * statistics.Mean);
        return T.IsNormal(b)
            ? (a * g) + (b * x) + c
            : base.Gradient(g, x, normalized, statistics, means);
    }
}

/// <summary>The same with fused multiply-adds.</summary>
internal sealed class FusedThreeTermGradientRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    )
    {
        var a = statistics.InverseStd * statistics.R;
        var b = -a * means.Correlation * statistics.InverseStd;
        var c = T.FusedMultiplyAdd(-b, statistics.Mean, -(a * means.Gradient));
        return T.IsNormal(b)
            ? T.FusedMultiplyAdd(a, g, T.FusedMultiplyAdd(b, x, c))
            : base.Gradient(g, x, normalized, statistics, means);
    }
}

/// <summary>y = (x − μ)·(γ·r/σ) + (γd + β).</summary>
internal sealed class FoldedGammaRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
        (Deviation(x, statistics) * (gamma * statistics.InverseStd * statistics.R))
        + ((gamma * statistics.D) + beta);
}

/// <summary>Divides by σ where others multiply by 1/σ.</summary>
internal sealed class DivisionRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        Deviation(x, statistics) / statistics.Std;

    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => (g - means.Gradient - (normalized * means.Correlation)) * statistics.R / statistics.Std;

    public override T FrozenGradient(T g, in GroupStatistics<T> statistics) => g / statistics.Std;
}

/// <summary>1/√ from an estimate of 12 bits, as processors give it, and Newton's steps up to the type's precision.</summary>
internal sealed class RefinedRootRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Every step doubles the bits: 12 → 24 for binary32 with one to spare, 12 → 96 for binary64.
    private static readonly int s_steps = typeof(T) == typeof(float) ? 2 : 3;
    private static readonly T s_half = T.CreateChecked(0.5);

    public override T Std(T variance, T epsilon) => T.One / InverseStd(variance, epsilon);

    public override T InverseStd(T variance, T epsilon)
    {
        var radicand = variance + epsilon;
        var root = Estimate(double.CreateChecked(radicand));

        // Newton's steps make 0·∞ of the ends.
        if (!T.IsFinite(root) || T.IsZero(root))
        {
            return root;
        }

        for (var step = 0; step < s_steps; step++)
        {
            // v·y first: y² alone overflows where v is tiny.
            root += root * (s_half - (radicand * root * root * s_half));
        }

        return root;
    }

    private static T Estimate(double radicand)
    {
        var bits = BitConverter.DoubleToInt64Bits(1 / Math.Sqrt(radicand));
        return T.CreateChecked(BitConverter.Int64BitsToDouble(bits & ~((1L << 41) - 1)));
    }
}
