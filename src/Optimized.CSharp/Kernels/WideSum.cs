using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>Faithful: f32, f16 and bf16 data, widened to binary64, in four independent chains of binary64 additions.</summary>
internal struct WideSum<TWide> : ISum<WideSum<TWide>, TWide, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    private TWide _a;
    private TWide _b;
    private TWide _c;
    private TWide _d;

    public static WideSum<TWide> Zero => default;

    public static bool Corrects => false;

    public static bool Scales => false;

    public static bool Watches => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfFour(TWide a, TWide b, TWide c, TWide d, out TWide high, out TWide low)
    {
        high = a + b + (c + d);
        low = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TWide term) => _a += term;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TWide a, TWide b, TWide c, TWide d)
    {
        _a += a;
        _b += b;
        _c += c;
        _d += d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquare(TWide a) => _a = TWide.Fma(a, a, _a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquares(TWide a, TWide b, TWide c, TWide d)
    {
        _a = TWide.Fma(a, a, _a);
        _b = TWide.Fma(b, b, _b);
        _c = TWide.Fma(c, c, _c);
        _d = TWide.Fma(d, d, _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(TWide a, TWide b) => _a = TWide.Fma(a, b, _a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Lanes(out TWide high, out TWide low)
    {
        high = _a + _b + (_c + _d);
        low = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Extended Total() => new(TWide.Sum(_a + _b + (_c + _d)), 0);
}
