using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Fast: four packs of binary32 terms are added as a tree of depth 2, their sum goes on in binary64. A term passes two
/// additions of binary32 whatever the length, which contract pairwise allows from 4 terms on; and fewer than 17 terms are
/// never added in binary32.
/// </summary>
internal struct NarrowSum<TPack, TWide> : ISum<NarrowSum<TPack, TWide>, TPack, TWide>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    private TWide _sum;

    public static NarrowSum<TPack, TWide> Zero => default;

    public static bool Corrects => false;

    public static bool Scales => true;

    public static bool Watches => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfFour(TPack a, TPack b, TPack c, TPack d, out TWide high, out TWide low)
    {
        high = TPack.Widen(a + b + (c + d));
        low = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TPack term) => _sum += TPack.Widen(term);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TPack a, TPack b, TPack c, TPack d) => _sum += TPack.Widen(a + b + (c + d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquare(TPack a) => Add(a * a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquares(TPack a, TPack b, TPack c, TPack d) => Add(a * a, b * b, c * c, d * d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(TPack a, TPack b) => Add(a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Lanes(out TWide high, out TWide low)
    {
        high = _sum;
        low = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Extended Total() => new(TWide.Sum(_sum), 0);
}
