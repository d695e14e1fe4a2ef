using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NormCheck.Optimized.Packs;

/// <summary>4 lanes of binary32 in a 128-bit register.</summary>
internal readonly unsafe struct Single128 : IPack<Single128, Pair<Double128, Double128>>
{
    private readonly Vector128<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Single128(Vector128<float> value) => _value = value;

    public static int Lanes => 4;

    public static int LaneBytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 Of(double value) => new(Vector128.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 Spread(byte* lanes, nint index) =>
        new(Vector128.Create(((float*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadLanes(byte* lanes, nint index) =>
        new(Vector128.Load((float*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((float*)lanes)[index] = (float)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 operator +(Single128 a, Single128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 operator -(Single128 a, Single128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 operator *(Single128 a, Single128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 operator /(Single128 a, Single128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 Fma(Single128 a, Single128 b, Single128 c) =>
        new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 Least(Single128 a, Single128 b) =>
        new(Vector128.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LeastMagnitude(Single128 a, Single128 b) =>
        new(Vector128.MinNative(Vector128.Abs(a._value), Vector128.Abs(b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 Keep(Single128 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<Double128, Double128> Widen(Single128 pack)
    {
        var (low, high) = Vector128.Widen(pack._value);
        return new(new(low), new(high));
    }

    /// <summary>In binary64: lanes 0 and 2, 1 and 3, then both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Single128 pack) => Pair<Double128, Double128>.Sum(Widen(pack));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Single128 pack) =>
        float.MinNative(
            float.MinNative(pack._value[0], pack._value[1]),
            float.MinNative(pack._value[2], pack._value[3])
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadDouble(double* from) =>
        new(Vector128.Narrow(Vector128.Load(from), Vector128.Load(from + 2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadSingle(float* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadSingle(float* from, int count) =>
        new(
            Vector128.Create(
                Lane(from, 0, count),
                Lane(from, 1, count),
                Lane(from, 2, count),
                Lane(from, 3, count)
            )
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadHalf(ushort* from) => new(HalfBits.Widen(Vector64.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadHalf(ushort* from, int count) =>
        new(HalfBits.Widen(PartOfPack.LoadFour(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadBrain(ushort* from) => new(BrainBits.Widen(Vector64.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single128 LoadBrain(ushort* from, int count) =>
        new(BrainBits.Widen(PartOfPack.LoadFour(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Single128 pack, double* to) =>
        Pair<Double128, Double128>.StoreDouble(Widen(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single128 pack, float* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single128 pack, float* to, int count)
    {
        for (var lane = 0; lane < float.MinNative(count, Lanes); lane++)
        {
            to[lane] = pack._value[lane];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single128 pack, ushort* to) =>
        HalfBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single128 pack, ushort* to, int count) =>
        PartOfPack.StoreFour(HalfBits.Narrow(pack._value), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single128 pack, ushort* to) =>
        BrainBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single128 pack, ushort* to, int count) =>
        PartOfPack.StoreFour(BrainBits.Narrow(pack._value), to, count);

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> First(int count) =>
        Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)count)).AsSingle();

    private static float Lane(float* from, int lane, int count) => lane < count ? from[lane] : 0;
}
