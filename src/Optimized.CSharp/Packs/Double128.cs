using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NormCheck.Optimized.Packs;

/// <summary>2 lanes of binary64 in a 128-bit register.</summary>
internal readonly unsafe struct Double128 : IPack<Double128, Double128>
{
    private readonly Vector128<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Double128(Vector128<double> value) => _value = value;

    public static int Lanes => 2;

    public static int LaneBytes => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Of(double value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Spread(byte* lanes, nint index) =>
        new(Vector128.Create(((double*)lanes)[index]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadLanes(byte* lanes, nint index) =>
        new(Vector128.Load((double*)lanes + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 operator +(Double128 a, Double128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 operator -(Double128 a, Double128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 operator *(Double128 a, Double128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 operator /(Double128 a, Double128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Fma(Double128 a, Double128 b, Double128 c) =>
        new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Least(Double128 a, Double128 b) =>
        new(Vector128.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LeastMagnitude(Double128 a, Double128 b) =>
        new(Vector128.MinNative(Vector128.Abs(a._value), Vector128.Abs(b._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Keep(Double128 pack, int count) => new(pack._value & First(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Widen(Double128 pack) => pack;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Double128 pack) => pack._value[0] + pack._value[1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Double128 pack) => double.MinNative(pack._value[0], pack._value[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadDouble(double* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadSingle(float* from) =>
        new(Vector128.Create((double)from[0], from[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadSingle(float* from, int count) =>
        new(Vector128.Create(count > 0 ? from[0] : 0.0, count > 1 ? from[1] : 0.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadHalf(ushort* from) =>
        new(Vector128.Create((double)HalfBits.Widen(from[0]), HalfBits.Widen(from[1])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadHalf(ushort* from, int count) =>
        new(
            Vector128.Create(
                count > 0 ? HalfBits.Widen(from[0]) : 0.0,
                count > 1 ? HalfBits.Widen(from[1]) : 0.0
            )
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadBrain(ushort* from) =>
        new(Vector128.Create((double)BrainBits.Widen(from[0]), BrainBits.Widen(from[1])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 LoadBrain(ushort* from, int count) =>
        new(
            Vector128.Create(
                count > 0 ? BrainBits.Widen(from[0]) : 0.0,
                count > 1 ? BrainBits.Widen(from[1]) : 0.0
            )
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Double128 pack, double* to) => pack._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double128 pack, float* to)
    {
        to[0] = (float)pack._value[0];
        to[1] = (float)pack._value[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double128 pack, float* to, int count)
    {
        if (count > 0)
        {
            to[0] = (float)pack._value[0];
        }

        if (count > 1)
        {
            to[1] = (float)pack._value[1];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double128 pack, ushort* to)
    {
        to[0] = HalfBits.Narrow((float)pack._value[0]);
        to[1] = HalfBits.Narrow((float)pack._value[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double128 pack, ushort* to, int count)
    {
        if (count > 0)
        {
            to[0] = HalfBits.Narrow((float)pack._value[0]);
        }

        if (count > 1)
        {
            to[1] = HalfBits.Narrow((float)pack._value[1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double128 pack, ushort* to)
    {
        to[0] = BrainBits.Narrow((float)pack._value[0]);
        to[1] = BrainBits.Narrow((float)pack._value[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double128 pack, ushort* to, int count)
    {
        if (count > 0)
        {
            to[0] = BrainBits.Narrow((float)pack._value[0]);
        }

        if (count > 1)
        {
            to[1] = BrainBits.Narrow((float)pack._value[1]);
        }
    }

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<double> First(int count) =>
        Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count)).AsDouble();
}
