using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// How large the terms of sums for a gradient are: Σg² and the smallest abs(g), 0 included. What an addition can have rounded
/// off follows from the one, what may be rounded off from the other (<see cref="GradientExactness"/>).
/// </summary>
internal readonly record struct GradientSize(double Squares, double Least)
{
    public static GradientSize None => new(0, double.PositiveInfinity);

    public GradientSize And(GradientSize other) =>
        new(Squares + other.Squares, double.MinNative(Least, other.Least));

    /// <summary>Of γ·g.</summary>
    public GradientSize Times(double gamma) =>
        new(Squares * gamma * gamma, Least * Math.Abs(gamma));

    /// <summary>The smallest magnitude of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Smallest<TPack, TWide>(TPack least, TPack a, TPack b, TPack c, TPack d)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
    {
        var ofTwo = TPack.LeastMagnitude(a, b);
        return TPack.LeastMagnitude(least, TPack.LeastMagnitude(ofTwo, TPack.LeastMagnitude(c, d)));
    }

    /// <summary>The same with the first lanes of a pack whose others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Smallest<TPack, TWide>(TPack least, TPack g, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
    {
        // Lanes that hold no element must not count: they get the largest number.
        var most = TPack.Of(float.MaxValue);
        return TPack.LeastMagnitude(least, g + (most - TPack.Keep(most, count)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GradientSize Of<TPack, TWide, TSum>(in TSum squares, TPack least)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
        where TSum : unmanaged, ISum<TSum, TPack, TWide> =>
        TSum.Watches ? new(squares.Total().Hi, TPack.Least(least)) : None;

    /// <summary>Every lane, to the numbers of as many slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Close<TPack, TWide, TSum>(
        in TSum squares,
        TPack least,
        double* squaresOfSlots,
        double* leastOfSlots
    )
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
        where TSum : unmanaged, ISum<TSum, TPack, TWide>
    {
        if (TSum.Watches)
        {
            squares.Lanes(out var high, out _);
            TWide.StoreDouble(TWide.LoadDouble(squaresOfSlots) + high, squaresOfSlots);
            var smallest = TWide.LeastMagnitude(TWide.LoadDouble(leastOfSlots), TPack.Widen(least));
            TWide.StoreDouble(smallest, leastOfSlots);
        }
    }
}
