using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>16 lanes of binary32 in a 512-bit register.</summary>
internal readonly unsafe struct Single512 : IPack<Single512, Double512>
{
    private readonly Vector512<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Single512(Vector512<float> value) => _value = value;

    public static int Lanes => 16;

    public static int LaneBytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 Of(double value) => new(Vector512.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 Spread(byte* lanes, nint index) =>
        new(Vector512.Create(((float*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadLanes(byte* lanes, nint index) =>
        new(Vector512.Load((float*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((float*)lanes)[index] = (float)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 operator +(Single512 a, Single512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 operator -(Single512 a, Single512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 operator *(Single512 a, Single512 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 operator /(Single512 a, Single512 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 Fma(Single512 a, Single512 b, Single512 c) =>
        new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 Least(Single512 a, Single512 b) =>
        new(Vector512.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LeastMagnitude(Single512 a, Single512 b) =>
        new(Vector512.MinNative(Vector512.Abs(a._value), Vector512.Abs(b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 Keep(Single512 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Widen(Single512 pack) =>
        new(
            Avx512F.ConvertToVector512Double(pack._value.GetLower()),
            Avx512F.ConvertToVector512Double(pack._value.GetUpper())
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Single512 pack) =>
        Single256.Sum(new(pack._value.GetLower() + pack._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Single512 pack) =>
        Single256.Least(new(Vector256.MinNative(pack._value.GetLower(), pack._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadDouble(double* from) =>
        new(Vector512.Narrow(Vector512.Load(from), Vector512.Load(from + 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadSingle(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadSingle(float* from, int count) =>
        new(Avx512F.MaskLoad(from, First(count), Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadHalf(ushort* from) => new(HalfBits.Widen(Vector256.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadHalf(ushort* from, int count) =>
        new(HalfBits.Widen(PartOfPack.Load(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadBrain(ushort* from) => new(BrainBits.Widen(Vector256.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single512 LoadBrain(ushort* from, int count) =>
        new(BrainBits.Widen(PartOfPack.Load(from, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Single512 pack, double* to) =>
        Double512.StoreDouble(Widen(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single512 pack, float* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Single512 pack, float* to) =>
        pack._value.StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single512 pack, float* to, int count) =>
        Avx512F.MaskStore(to, First(count), pack._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single512 pack, ushort* to) =>
        HalfBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamHalf(Single512 pack, ushort* to) =>
        HalfBits.Narrow(pack._value).StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single512 pack, ushort* to, int count) =>
        PartOfPack.Store(HalfBits.Narrow(pack._value), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single512 pack, ushort* to) =>
        BrainBits.Narrow(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamBrain(Single512 pack, ushort* to) =>
        BrainBits.Narrow(pack._value).StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single512 pack, ushort* to, int count) =>
        PartOfPack.Store(BrainBits.Narrow(pack._value), to, count);

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> First(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle();
}
