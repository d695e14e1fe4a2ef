using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Whether sums of elements in binary64 are exact. All partial sums of x are at most P = n·abs(c) + √(nQ), where c is any
/// number and Q = Σ(x − c)², and multiples of the last place of the smallest element: a binary64 number has room for 53 bits
/// between the two.
/// </summary>
internal static class Exactness<TStored>
    where TStored : struct, IStored
{
    /// <summary>A binary64 significand has 53 bits.</summary>
    private const double RoomOfOne = 1L << 53;

    /// <summary>What a compensated sum, and a sum of <see cref="Numbers.Extended"/>, surely keeps of P·n: 100 bits.</summary>
    private const double RoomOfTwo = RoomOfOne * (1L << 47);

    /// <summary>False where no sum of a chunk of elements rounds: f16 has few magnitudes.</summary>
    public static bool MayRound => TStored.SmallestStep < 1.0 / (1L << 40);

    /// <summary>Whether sums of n elements in any order are exact, and sums of n differences from a pivot.</summary>
    /// <param name="sum">n·c: for differences, n·pivot.</param>
    /// <param name="squares">Q.</param>
    /// <param name="least">The smallest magnitude among them that is not 0.</param>
    /// <param name="pivot">Differences are multiples of its last place too.</param>
    public static bool Holds(
        double sum,
        double squares,
        double count,
        double least,
        double pivot = 0
    ) =>
        Fits(sum, squares, count, pivot == 0 ? least : Math.Min(least, Math.Abs(pivot)), RoomOfOne);

    /// <summary>The same for sums that keep what is rounded off in a second binary64 number.</summary>
    public static bool HoldsInTwo(double sum, double squares, double count, double least) =>
        Fits(sum * count, squares * count * count, count, least, RoomOfTwo);

    private static bool Fits(double sum, double squares, double count, double least, double room)
    {
        // P² ≤ 2(s² + nQ); twice that, because s and Q are rounded, and Q may be that about another number near c.
        var last = Math.Max(least * (1.0 / (1L << TStored.Digits)), TStored.SmallestStep);
        var most = last * room;
        return 4 * ((sum * sum) + (count * squares)) <= most * most;
    }
}
