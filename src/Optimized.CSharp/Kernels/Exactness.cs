using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Whether sums of elements in binary64 are exact. The sum of k of n elements is at most
/// P = n·abs(μ) + √(nQ)/2 with Q = Σ(x − μ)², since abs(Σ(x − μ)) over k of them is at most √(Q·k(n − k)/n), and all are
/// multiples of the last place of the smallest element: a binary64 number has room for 53 bits between the two.
/// </summary>
internal static class Exactness<TStored>
    where TStored : struct, IStored
{
    /// <summary>A binary64 significand has 53 bits.</summary>
    private const double RoomOfOne = 1L << 53;

    /// <summary>What a compensated sum, and a sum of <see cref="Numbers.Extended"/>, surely keeps of P·n: 100 bits.</summary>
    private const double RoomOfTwo = RoomOfOne * (1L << 47);

    // (a + b)² ≤ 5a² + 5b²/4, so P² ≤ 5s² + 5nQ/16; and a little more because s and Q are rounded.
    private const double WeightOfSum = 5 + (1.0 / 256);
    private const double WeightOfSquares = (5.0 / 16) + (1.0 / 256);

    /// <summary>False where no sum of a chunk of elements rounds: f16 has few magnitudes.</summary>
    public static bool MayRound
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TStored.SmallestStep < 1.0 / (1L << 40);
    }

    /// <summary>A number has its last place at more than this times its magnitude.</summary>
    private static double LastPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1.0 / (1L << TStored.Digits);
    }

    /// <summary>Whether sums of n elements in any order are exact, and sums of n differences from a pivot.</summary>
    /// <param name="sum">nμ: of differences, n(μ − pivot).</param>
    /// <param name="squares">Q, or a larger number.</param>
    /// <param name="least">The smallest magnitude among them that is not 0.</param>
    /// <param name="pivot">Differences are multiples of its last place too.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(
        double sum,
        double squares,
        double count,
        double least,
        double pivot = 0
    )
    {
        var finest = pivot == 0 ? least : double.MinNative(least, Math.Abs(pivot));
        var most = LastPlaceOf(finest) * RoomOfOne;
        return (WeightOfSum * sum * sum) + (WeightOfSquares * count * squares) <= most * most;
    }

    /// <summary>Whether sums that keep what is rounded off in a second binary64 number are exact.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="variance">Q/n.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HoldsInTwo(double mean, double variance, double count, double least)
    {
        var square = count * count;
        var most = LastPlaceOf(least) * RoomOfTwo;
        return square * square * ((WeightOfSum * mean * mean) + (WeightOfSquares * variance))
            <= most * most;
    }

    /// <summary>
    /// The same of every lane, as a number that is at least 0 where it holds; NaN where a sum is not finite. It knows nothing
    /// of the smallest step: what fails may hold all the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWide Margin<TWide>(TWide sum, TWide squares, TWide count, TWide least)
        where TWide : unmanaged, IPack<TWide, TWide>
    {
        var most = least * TWide.Of(LastPlace * RoomOfOne);
        var bound = TWide.Fma(
            TWide.Of(WeightOfSum) * sum,
            sum,
            TWide.Of(WeightOfSquares) * count * squares
        );
        return (most * most) - bound;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double LastPlaceOf(double least) =>
        double.MaxNative(least * LastPlace, TStored.SmallestStep);
}
