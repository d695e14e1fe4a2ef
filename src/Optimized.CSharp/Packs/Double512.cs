using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>8 lanes of binary64 in a 512-bit register.</summary>
internal readonly unsafe struct Double512 : IPack<Double512, Double512>
{
    private readonly Vector512<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Double512(Vector512<double> value) => _value = value;

    public static int Lanes => 8;

    public static int LaneBytes => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Of(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Spread(byte* lanes, nint index) =>
        new(Vector512.Create(((double*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadLanes(byte* lanes, nint index) =>
        new(Vector512.Load((double*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator +(Double512 a, Double512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator -(Double512 a, Double512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator *(Double512 a, Double512 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator /(Double512 a, Double512 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Fma(Double512 a, Double512 b, Double512 c) =>
        new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Abs(Double512 a) => new(Vector512.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Least(Double512 a, Double512 b) =>
        new(Vector512.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Keep(Double512 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Widen(Double512 pack) => pack;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Double512 pack) =>
        Double256.Sum(new(pack._value.GetLower() + pack._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Smallest(Double512 pack) =>
        Double256.Smallest(
            new(Vector256.MinNative(pack._value.GetLower(), pack._value.GetUpper()))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadDouble(double* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadSingle(float* from) =>
        new(Avx512F.ConvertToVector512Double(Vector256.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadSingle(float* from, int count) =>
        new(Avx512F.ConvertToVector512Double(Avx.MaskLoad(from, Single256.First(count))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadHalf(ushort* from) =>
        new(Avx512F.ConvertToVector512Double(HalfBits.Widen(Vector128.Load(from))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadBrain(ushort* from) =>
        new(Avx512F.ConvertToVector512Double(BrainBits.Widen(Vector128.Load(from))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Double512 pack, double* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double512 pack, float* to) =>
        Avx512F.ConvertToVector256Single(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double512 pack, float* to, int count) =>
        Avx.MaskStore(to, Single256.First(count), Avx512F.ConvertToVector256Single(pack._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double512 pack, ushort* to) =>
        HalfBits.Narrow(Avx512F.ConvertToVector256Single(pack._value)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double512 pack, ushort* to) =>
        BrainBits.Narrow(Avx512F.ConvertToVector256Single(pack._value)).Store(to);

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> First(int count) =>
        Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();
}
