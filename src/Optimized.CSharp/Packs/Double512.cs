using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>
/// 16 lanes of binary64 in two 512-bit registers. Not a <see cref="Pair{THalf,TWide}"/> of halves: with fewer calls to inline the
/// compiler gets through the longest loops.
/// </summary>
internal readonly unsafe struct Double512 : IPack<Double512, Double512>
{
    private const int Half = 8;

    /// <summary>VRANGEPD: the operand of the smaller magnitude, without its sign.</summary>
    private const byte SmallerMagnitude = 0b1010;

    private readonly Vector512<double> _low;
    private readonly Vector512<double> _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Double512(Vector512<double> low, Vector512<double> high)
    {
        _low = low;
        _high = high;
    }

    public static int Lanes => 2 * Half;

    public static int LaneBytes => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Of(double value) =>
        new(Vector512.Create(value), Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Spread(byte* lanes, nint index) => Of(((double*)lanes)[index]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadLanes(byte* lanes, nint index) =>
        LoadDouble((double*)lanes + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator +(Double512 a, Double512 b) =>
        new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator -(Double512 a, Double512 b) =>
        new(a._low - b._low, a._high - b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator *(Double512 a, Double512 b) =>
        new(a._low * b._low, a._high * b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 operator /(Double512 a, Double512 b) =>
        new(a._low / b._low, a._high / b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Fma(Double512 a, Double512 b, Double512 c) =>
        new(
            Vector512.FusedMultiplyAdd(a._low, b._low, c._low),
            Vector512.FusedMultiplyAdd(a._high, b._high, c._high)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Least(Double512 a, Double512 b) =>
        new(Vector512.MinNative(a._low, b._low), Vector512.MinNative(a._high, b._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LeastMagnitude(Double512 a, Double512 b) =>
        new(
            Avx512DQ.Range(a._low, b._low, SmallerMagnitude),
            Avx512DQ.Range(a._high, b._high, SmallerMagnitude)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Keep(Double512 pack, int count) =>
        new(pack._low & First(count), pack._high & First(count - Half));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Widen(Double512 pack) => pack;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Double512 pack)
    {
        var half = pack._low + pack._high;
        return Double256.Sum(new(half.GetLower() + half.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Double512 pack)
    {
        var half = Vector512.MinNative(pack._low, pack._high);
        return Double256.Least(new(Vector256.MinNative(half.GetLower(), half.GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadDouble(double* from) =>
        new(Vector512.Load(from), Vector512.Load(from + Half));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadSingle(float* from) =>
        new(
            Avx512F.ConvertToVector512Double(Vector256.Load(from)),
            Avx512F.ConvertToVector512Double(Vector256.Load(from + Half))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadSingle(float* from, int count) =>
        Single512.Widen(Single512.LoadSingle(from, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadHalf(ushort* from) => Single512.Widen(Single512.LoadHalf(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadHalf(ushort* from, int count) =>
        Single512.Widen(Single512.LoadHalf(from, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadBrain(ushort* from) => Single512.Widen(Single512.LoadBrain(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 LoadBrain(ushort* from, int count) =>
        Single512.Widen(Single512.LoadBrain(from, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Double512 pack, double* to)
    {
        pack._low.Store(to);
        pack._high.Store(to + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double512 pack, float* to)
    {
        Avx512F.ConvertToVector256Single(pack._low).Store(to);
        Avx512F.ConvertToVector256Single(pack._high).Store(to + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Double512 pack, float* to) =>
        Single512.StreamSingle(Narrow(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double512 pack, float* to, int count) =>
        Single512.StoreSingle(Narrow(pack), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double512 pack, ushort* to) =>
        Single512.StoreHalf(Narrow(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamHalf(Double512 pack, ushort* to) =>
        Single512.StreamHalf(Narrow(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double512 pack, ushort* to, int count) =>
        Single512.StoreHalf(Narrow(pack), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double512 pack, ushort* to) =>
        Single512.StoreBrain(Narrow(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamBrain(Double512 pack, ushort* to) =>
        Single512.StreamBrain(Narrow(pack), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double512 pack, ushort* to, int count) =>
        Single512.StoreBrain(Narrow(pack), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Single512 Narrow(Double512 pack) =>
        new(
            // Not Vector512.Create: that inserts both halves into what was there before, and loops wait for it.
            Avx512F
                .ConvertToVector256Single(pack._low)
                .ToVector512Unsafe()
                .WithUpper(Avx512F.ConvertToVector256Single(pack._high))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> First(int count) =>
        Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();
}
