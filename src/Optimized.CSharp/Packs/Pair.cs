using System.Runtime.CompilerServices;

namespace NormCheck.Optimized.Packs;

/// <summary>Two packs side by side: what a width narrower than 16 lanes makes its packs of.</summary>
internal readonly unsafe struct Pair<THalf, TWide> : IPack<Pair<THalf, TWide>, Pair<TWide, TWide>>
    where THalf : unmanaged, IPack<THalf, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    private readonly THalf _low;
    private readonly THalf _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pair(THalf low, THalf high)
    {
        _low = low;
        _high = high;
    }

    public static int Lanes => 2 * THalf.Lanes;

    public static int LaneBytes => THalf.LaneBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> Of(double value) => new(THalf.Of(value), THalf.Of(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> Spread(byte* lanes, nint index) =>
        new(THalf.Spread(lanes, index), THalf.Spread(lanes, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadLanes(byte* lanes, nint index) =>
        new(THalf.LoadLanes(lanes, index), THalf.LoadLanes(lanes, index + THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        THalf.WriteLane(value, lanes, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> operator +(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> operator -(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(a._low - b._low, a._high - b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> operator *(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(a._low * b._low, a._high * b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> operator /(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(a._low / b._low, a._high / b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> Fma(
        Pair<THalf, TWide> a,
        Pair<THalf, TWide> b,
        Pair<THalf, TWide> c
    ) => new(THalf.Fma(a._low, b._low, c._low), THalf.Fma(a._high, b._high, c._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> Least(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(THalf.Least(a._low, b._low), THalf.Least(a._high, b._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LeastMagnitude(Pair<THalf, TWide> a, Pair<THalf, TWide> b) =>
        new(THalf.LeastMagnitude(a._low, b._low), THalf.LeastMagnitude(a._high, b._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> Keep(Pair<THalf, TWide> pack, int count) =>
        new(THalf.Keep(pack._low, count), THalf.Keep(pack._high, count - THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TWide, TWide> Widen(Pair<THalf, TWide> pack) =>
        new(THalf.Widen(pack._low), THalf.Widen(pack._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Pair<THalf, TWide> pack) => THalf.Sum(pack._low + pack._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Pair<THalf, TWide> pack) =>
        THalf.Least(THalf.Least(pack._low, pack._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadDouble(double* from) =>
        new(THalf.LoadDouble(from), THalf.LoadDouble(from + THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadSingle(float* from) =>
        new(THalf.LoadSingle(from), THalf.LoadSingle(from + THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadSingle(float* from, int count) =>
        new(
            THalf.LoadSingle(from, count),
            THalf.LoadSingle(from + THalf.Lanes, count - THalf.Lanes)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadHalf(ushort* from) =>
        new(THalf.LoadHalf(from), THalf.LoadHalf(from + THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadHalf(ushort* from, int count) =>
        new(THalf.LoadHalf(from, count), THalf.LoadHalf(from + THalf.Lanes, count - THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadBrain(ushort* from) =>
        new(THalf.LoadBrain(from), THalf.LoadBrain(from + THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf, TWide> LoadBrain(ushort* from, int count) =>
        new(THalf.LoadBrain(from, count), THalf.LoadBrain(from + THalf.Lanes, count - THalf.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Pair<THalf, TWide> pack, double* to)
    {
        THalf.StoreDouble(pack._low, to);
        THalf.StoreDouble(pack._high, to + THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Pair<THalf, TWide> pack, float* to)
    {
        THalf.StoreSingle(pack._low, to);
        THalf.StoreSingle(pack._high, to + THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Pair<THalf, TWide> pack, float* to, int count)
    {
        THalf.StoreSingle(pack._low, to, count);
        THalf.StoreSingle(pack._high, to + THalf.Lanes, count - THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Pair<THalf, TWide> pack, ushort* to)
    {
        THalf.StoreHalf(pack._low, to);
        THalf.StoreHalf(pack._high, to + THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Pair<THalf, TWide> pack, ushort* to, int count)
    {
        THalf.StoreHalf(pack._low, to, count);
        THalf.StoreHalf(pack._high, to + THalf.Lanes, count - THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Pair<THalf, TWide> pack, ushort* to)
    {
        THalf.StoreBrain(pack._low, to);
        THalf.StoreBrain(pack._high, to + THalf.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Pair<THalf, TWide> pack, ushort* to, int count)
    {
        THalf.StoreBrain(pack._low, to, count);
        THalf.StoreBrain(pack._high, to + THalf.Lanes, count - THalf.Lanes);
    }
}
