using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>The correction x̂·r + d of batch renormalization (Ioffe 2017). Both are constants for the gradient.</summary>
internal readonly record struct RenormFactors<T>(T R, T D)
    where T : IFloatingPointIeee754<T>
{
    /// <summary>r = clip(σ_B/σ, 1/rmax, rmax), d = clip((μ_B − μ)/σ, −dmax, dmax), σ_B = √(v + ε).</summary>
    public static RenormFactors<T> Of(
        NormProblem problem,
        GroupStatistics<T> batch,
        double mean,
        double std
    )
    {
        // From 1/σ_B, which is what a backward has: forward and backward use the same bits.
        var batchStd = 1 / double.CreateChecked(batch.InverseStd);
        var r = Math.Clamp(batchStd / std, 1 / problem.RMax, problem.RMax);
        var d = Math.Clamp(
            (double.CreateChecked(batch.Mean) - mean) / std,
            -problem.DMax,
            problem.DMax
        );
        return new(T.CreateChecked(r), T.CreateChecked(d));
    }
}
