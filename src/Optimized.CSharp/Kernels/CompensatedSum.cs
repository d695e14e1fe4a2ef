using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>f64 data: what every addition rounds off is added up beside it (TwoSum), so the error does not grow with m.</summary>
internal unsafe struct CompensatedSum<TWide> : ISum<CompensatedSum<TWide>, TWide, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    private TWide _a;
    private TWide _b;
    private TWide _lostA;
    private TWide _lostB;

    public static CompensatedSum<TWide> Zero => default;

    public static bool Corrects => true;

    public static bool Scales => true;

    public static bool Watches => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfFour(TWide a, TWide b, TWide c, TWide d, out TWide high, out TWide low)
    {
        high = a;
        low = default;
        Add(ref high, ref low, b);
        Add(ref high, ref low, c);
        Add(ref high, ref low, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TWide term) => Add(ref _a, ref _lostA, term);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TWide a, TWide b, TWide c, TWide d)
    {
        Add(ref _a, ref _lostA, a);
        Add(ref _b, ref _lostB, b);
        Add(ref _a, ref _lostA, c);
        Add(ref _b, ref _lostB, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquare(TWide a) => Add(a * a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquares(TWide a, TWide b, TWide c, TWide d) => Add(a * a, b * b, c * c, d * d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(TWide a, TWide b) => Add(a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Lanes(out TWide high, out TWide low)
    {
        high = _a;
        low = _lostA + _lostB;
        Add(ref high, ref low, _b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly Extended Total()
    {
        Lanes(out var high, out var low);
        var sums = stackalloc double[2 * PackSizes.Lanes];
        TWide.StoreDouble(high, sums);
        TWide.StoreDouble(low, sums + PackSizes.Lanes);
        var total = Extended.Zero;
        for (var lane = 0; lane < PackSizes.Lanes; lane++)
        {
            // An overflow leaves a NaN in the second part, which says nothing.
            var lost = sums[PackSizes.Lanes + lane];
            total += new Extended(sums[lane], double.IsFinite(lost) ? lost : 0);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref TWide sum, ref TWide lost, TWide term)
    {
        var next = sum + term;
        var part = next - sum;
        lost += sum - (next - part) + (term - part);
        sum = next;
    }
}
