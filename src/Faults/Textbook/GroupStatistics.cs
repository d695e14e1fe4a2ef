using System.Numerics;

namespace NormCheck.Faults.Textbook;

/// <summary>μ and v of a group as a recipe finds them. μ may be kept in two parts; <see cref="Mean"/> is their sum.</summary>
/// <param name="Origin">The larger part of μ, or all of it.</param>
/// <param name="Offset">What is added to it.</param>
/// <param name="Variance">S/m (mean square for RMS norm).</param>
internal readonly record struct Moments<T>(T Origin, T Offset, T Variance)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T Mean => Origin + Offset;
}

/// <summary>All that an element of a group is normalized with: x̂ = (x − μ)/σ, then x̂·R + D.</summary>
internal readonly record struct GroupStatistics<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public GroupStatistics(Moments<T> moments, T std, T inverseStd)
    {
        Mean = moments.Mean;
        Origin = moments.Origin;
        Offset = moments.Offset;
        Variance = moments.Variance;
        Std = std;
        InverseStd = inverseStd;
    }

    /// <summary>μ in one number; 0 for RMS norm.</summary>
    public T Mean { get; init; }

    public T Origin { get; init; }

    public T Offset { get; init; }

    /// <summary>Only known where the statistics are those of the data.</summary>
    public T Variance { get; init; }

    public T Std { get; init; }

    public T InverseStd { get; init; }

    /// <summary>Renorm's r in training, otherwise 1.</summary>
    public T R { get; init; } = T.One;

    /// <summary>Renorm's d in training, otherwise 0.</summary>
    public T D { get; init; } = T.Zero;

    /// <summary>Statistics that were kept: nothing is known but μ, σ and 1/σ.</summary>
    public static GroupStatistics<T> Kept(T mean, T std, T inverseStd) =>
        new(new Moments<T>(mean, T.Zero, T.Zero), std, inverseStd);
}

/// <summary>A = Σg/m (0 for RMS norm) and B = Σ(g·x̂)/m of a group.</summary>
internal readonly record struct GradientMeans<T>(T Gradient, T Correlation)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
