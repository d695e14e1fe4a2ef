using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>8 lanes of binary32 in a 256-bit register.</summary>
internal readonly unsafe struct Single256 : IPack<Single256, Pair<Double256, Double256>>
{
    private readonly Vector256<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Single256(Vector256<float> value) => _value = value;

    public Vector256<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    public static int Lanes => 8;

    public static int LaneBytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 Of(double value) => new(Vector256.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 Spread(byte* lanes, nint index) =>
        new(Vector256.Create(((float*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadLanes(byte* lanes, nint index) =>
        new(Vector256.Load((float*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((float*)lanes)[index] = (float)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 operator +(Single256 a, Single256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 operator -(Single256 a, Single256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 operator *(Single256 a, Single256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 operator /(Single256 a, Single256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 Fma(Single256 a, Single256 b, Single256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 Least(Single256 a, Single256 b) =>
        new(Vector256.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LeastMagnitude(Single256 a, Single256 b) =>
        new(Vector256.MinNative(Vector256.Abs(a._value), Vector256.Abs(b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 Keep(Single256 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<Double256, Double256> Widen(Single256 pack) =>
        new(
            new(Avx.ConvertToVector256Double(pack._value.GetLower())),
            new(Avx.ConvertToVector256Double(pack._value.GetUpper()))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Single256 pack) =>
        Single128.Sum(new(pack._value.GetLower() + pack._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Single256 pack) =>
        Single128.Least(new(Vector128.MinNative(pack._value.GetLower(), pack._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadDouble(double* from) =>
        new(Vector256.Narrow(Vector256.Load(from), Vector256.Load(from + 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadSingle(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadSingle(float* from, int count) =>
        new(Avx.MaskLoad(from, First(count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadHalf(ushort* from) => new(HalfBits.Widen(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadHalf(ushort* from, int count) =>
        new(HalfBits.Widen(PartOfPack.LoadEight(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadBrain(ushort* from) => new(BrainBits.Widen(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single256 LoadBrain(ushort* from, int count) =>
        new(BrainBits.Widen(PartOfPack.LoadEight(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Single256 pack, double* to) =>
        Pair<Double256, Double256>.StoreDouble(Widen(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single256 pack, float* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Single256 pack, float* to) =>
        pack._value.StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single256 pack, float* to, int count) =>
        Avx.MaskStore(to, First(count), pack._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single256 pack, ushort* to) =>
        HalfBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single256 pack, ushort* to, int count) =>
        PartOfPack.StoreEight(HalfBits.Narrow(pack._value), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single256 pack, ushort* to) =>
        BrainBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single256 pack, ushort* to, int count) =>
        PartOfPack.StoreEight(BrainBits.Narrow(pack._value), to, count);

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> First(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).AsSingle();
}
