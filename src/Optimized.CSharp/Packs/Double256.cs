using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>4 lanes of binary64 in a 256-bit register.</summary>
internal readonly unsafe struct Double256 : IPack<Double256, Double256>
{
    private readonly Vector256<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Double256(Vector256<double> value) => _value = value;

    public Vector256<double> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    public static int Lanes => 4;

    public static int LaneBytes => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Of(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Spread(byte* lanes, nint index) =>
        new(Vector256.Create(((double*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadLanes(byte* lanes, nint index) =>
        new(Vector256.Load((double*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 operator +(Double256 a, Double256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 operator -(Double256 a, Double256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 operator *(Double256 a, Double256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 operator /(Double256 a, Double256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Fma(Double256 a, Double256 b, Double256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Least(Double256 a, Double256 b) =>
        new(Vector256.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LeastMagnitude(Double256 a, Double256 b) =>
        new(Vector256.MinNative(Vector256.Abs(a._value), Vector256.Abs(b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Keep(Double256 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Widen(Double256 pack) => pack;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Double256 pack) =>
        Double128.Sum(new(pack._value.GetLower() + pack._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Double256 pack) =>
        Double128.Least(new(Vector128.MinNative(pack._value.GetLower(), pack._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadDouble(double* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadSingle(float* from) =>
        new(Avx.ConvertToVector256Double(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadSingle(float* from, int count) =>
        new(Avx.ConvertToVector256Double(Avx.MaskLoad(from, Single128.First(count))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadHalf(ushort* from) =>
        new(Avx.ConvertToVector256Double(HalfBits.Widen(Vector64.Load(from))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadHalf(ushort* from, int count) =>
        new(Avx.ConvertToVector256Double(HalfBits.Widen(PartOfPack.LoadFour(from, count))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadBrain(ushort* from) =>
        new(Avx.ConvertToVector256Double(BrainBits.Widen(Vector64.Load(from))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 LoadBrain(ushort* from, int count) =>
        new(Avx.ConvertToVector256Double(BrainBits.Widen(PartOfPack.LoadFour(from, count))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Double256 pack, double* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double256 pack, float* to) =>
        Avx.ConvertToVector128Single(pack._value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Double256 pack, float* to) =>
        Avx.ConvertToVector128Single(pack._value).StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double256 pack, float* to, int count) =>
        Avx.MaskStore(to, Single128.First(count), Avx.ConvertToVector128Single(pack._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double256 pack, ushort* to) =>
        HalfBits.Narrow(Avx.ConvertToVector128Single(pack._value)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double256 pack, ushort* to, int count) =>
        PartOfPack.StoreFour(HalfBits.Narrow(Avx.ConvertToVector128Single(pack._value)), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double256 pack, ushort* to) =>
        BrainBits.Narrow(Avx.ConvertToVector128Single(pack._value)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double256 pack, ushort* to, int count) =>
        PartOfPack.StoreFour(
            BrainBits.Narrow(Avx.ConvertToVector128Single(pack._value)),
            to,
            count
        );

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> First(int count) =>
        Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble();
}
