using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>Mean and variance (divisor m) of a group.</summary>
internal readonly record struct Moments(Extended Mean, double Variance)
{
    /// <summary>σ = √(v + ε).</summary>
    public double Std(double epsilon) => Math.Sqrt(Variance + epsilon);
}

/// <summary>What a chunk of a group contributes: Σx, and Σ(x − mean of the chunk)².</summary>
internal struct ChunkMoments
{
    public Extended Sum;

    /// <summary>Σx/n.</summary>
    public Extended Mean;
    public double Squares;
    public double Count;

    /// <summary>The smallest abs(x) that is not 0; ∞ where nobody asked.</summary>
    public double Least;

    /// <summary>
    /// Moments of the whole from those of the parts: v·m = Σ(Qᵢ + nᵢ(μᵢ − μ)²) (Chan, Golub, LeVeque 1979, with all
    /// parts against the final mean, so that the order of parts decides nothing but roundings).
    /// </summary>
    public static unsafe void Merge(ChunkMoments* chunks, int count, out Moments moments)
    {
        if (count == 1)
        {
            moments = new(chunks->Mean, chunks->Squares / chunks->Count);
            return;
        }

        var total = Extended.Zero;
        var m = 0.0;
        for (var i = 0; i < count; i++)
        {
            total += chunks[i].Sum;
            m += chunks[i].Count;
        }

        var mean = total / m;
        var squares = Extended.Zero;
        for (var i = 0; i < count; i++)
        {
            var own = chunks[i].Mean;
            var distance = own.Hi - mean.Hi + (own.Lo - mean.Lo);
            squares += chunks[i].Squares;
            squares += chunks[i].Count * distance * distance;
        }

        moments = new(mean, squares.Value / m);
    }
}
