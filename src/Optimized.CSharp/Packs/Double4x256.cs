using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NormCheck.Optimized.Packs;

/// <summary>
/// 16 lanes of binary64 in four 256-bit registers. As with <see cref="Double512"/> the compiler keeps four plain fields in registers
/// where it gave up on pairs of pairs: loops of binary64 took two to five times as long.
/// </summary>
internal readonly unsafe struct Double4x256 : IPack<Double4x256, Double4x256>
{
    private const int Part = 4;

    private readonly Vector256<double> _a;
    private readonly Vector256<double> _b;
    private readonly Vector256<double> _c;
    private readonly Vector256<double> _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Double4x256(
        Vector256<double> a,
        Vector256<double> b,
        Vector256<double> c,
        Vector256<double> d
    )
    {
        _a = a;
        _b = b;
        _c = c;
        _d = d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Double4x256(Double256 a, Double256 b, Double256 c, Double256 d)
    {
        _a = a.Value;
        _b = b.Value;
        _c = c.Value;
        _d = d.Value;
    }

    public static int Lanes => 4 * Part;

    public static int LaneBytes => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Of(double value)
    {
        var lanes = Vector256.Create(value);
        return new(lanes, lanes, lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Spread(byte* lanes, nint index)
    {
        var spread = Vector256.Create(((double*)lanes)[index]);
        return new(spread, spread, spread, spread);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadLanes(byte* lanes, nint index) =>
        new(
            Vector256.Load((double*)lanes + index),
            Vector256.Load((double*)lanes + index + Part),
            Vector256.Load((double*)lanes + index + (2 * Part)),
            Vector256.Load((double*)lanes + index + (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 operator +(Double4x256 a, Double4x256 b) =>
        new(a._a + b._a, a._b + b._b, a._c + b._c, a._d + b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 operator -(Double4x256 a, Double4x256 b) =>
        new(a._a - b._a, a._b - b._b, a._c - b._c, a._d - b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 operator *(Double4x256 a, Double4x256 b) =>
        new(a._a * b._a, a._b * b._b, a._c * b._c, a._d * b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 operator /(Double4x256 a, Double4x256 b) =>
        new(a._a / b._a, a._b / b._b, a._c / b._c, a._d / b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Fma(Double4x256 a, Double4x256 b, Double4x256 c) =>
        new(
            Vector256.FusedMultiplyAdd(a._a, b._a, c._a),
            Vector256.FusedMultiplyAdd(a._b, b._b, c._b),
            Vector256.FusedMultiplyAdd(a._c, b._c, c._c),
            Vector256.FusedMultiplyAdd(a._d, b._d, c._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Least(Double4x256 a, Double4x256 b) =>
        new(
            Vector256.MinNative(a._a, b._a),
            Vector256.MinNative(a._b, b._b),
            Vector256.MinNative(a._c, b._c),
            Vector256.MinNative(a._d, b._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LeastMagnitude(Double4x256 a, Double4x256 b) =>
        new(
            Vector256.MinNative(Vector256.Abs(a._a), Vector256.Abs(b._a)),
            Vector256.MinNative(Vector256.Abs(a._b), Vector256.Abs(b._b)),
            Vector256.MinNative(Vector256.Abs(a._c), Vector256.Abs(b._c)),
            Vector256.MinNative(Vector256.Abs(a._d), Vector256.Abs(b._d))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Keep(Double4x256 pack, int count) =>
        new(
            pack._a & Double256.First(count),
            pack._b & Double256.First(count - Part),
            pack._c & Double256.First(count - (2 * Part)),
            pack._d & Double256.First(count - (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Widen(Double4x256 pack) => pack;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Double4x256 pack) =>
        Double256.Sum(new(pack._a + pack._c + (pack._b + pack._d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Double4x256 pack) =>
        Double256.Least(
            new(
                Vector256.MinNative(
                    Vector256.MinNative(pack._a, pack._c),
                    Vector256.MinNative(pack._b, pack._d)
                )
            )
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadDouble(double* from) =>
        new(
            Double256.LoadDouble(from),
            Double256.LoadDouble(from + Part),
            Double256.LoadDouble(from + (2 * Part)),
            Double256.LoadDouble(from + (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadSingle(float* from) =>
        new(
            Double256.LoadSingle(from),
            Double256.LoadSingle(from + Part),
            Double256.LoadSingle(from + (2 * Part)),
            Double256.LoadSingle(from + (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadSingle(float* from, int count) =>
        new(
            Double256.LoadSingle(from, count),
            Double256.LoadSingle(from + Part, count - Part),
            Double256.LoadSingle(from + (2 * Part), count - (2 * Part)),
            Double256.LoadSingle(from + (3 * Part), count - (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadHalf(ushort* from) =>
        new(
            Double256.LoadHalf(from),
            Double256.LoadHalf(from + Part),
            Double256.LoadHalf(from + (2 * Part)),
            Double256.LoadHalf(from + (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadHalf(ushort* from, int count) =>
        new(
            Double256.LoadHalf(from, count),
            Double256.LoadHalf(from + Part, count - Part),
            Double256.LoadHalf(from + (2 * Part), count - (2 * Part)),
            Double256.LoadHalf(from + (3 * Part), count - (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadBrain(ushort* from) =>
        new(
            Double256.LoadBrain(from),
            Double256.LoadBrain(from + Part),
            Double256.LoadBrain(from + (2 * Part)),
            Double256.LoadBrain(from + (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 LoadBrain(ushort* from, int count) =>
        new(
            Double256.LoadBrain(from, count),
            Double256.LoadBrain(from + Part, count - Part),
            Double256.LoadBrain(from + (2 * Part), count - (2 * Part)),
            Double256.LoadBrain(from + (3 * Part), count - (3 * Part))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Double4x256 pack, double* to)
    {
        Double256.StoreDouble(new(pack._a), to);
        Double256.StoreDouble(new(pack._b), to + Part);
        Double256.StoreDouble(new(pack._c), to + (2 * Part));
        Double256.StoreDouble(new(pack._d), to + (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double4x256 pack, float* to)
    {
        Double256.StoreSingle(new(pack._a), to);
        Double256.StoreSingle(new(pack._b), to + Part);
        Double256.StoreSingle(new(pack._c), to + (2 * Part));
        Double256.StoreSingle(new(pack._d), to + (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Double4x256 pack, float* to)
    {
        Double256.StreamSingle(new(pack._a), to);
        Double256.StreamSingle(new(pack._b), to + Part);
        Double256.StreamSingle(new(pack._c), to + (2 * Part));
        Double256.StreamSingle(new(pack._d), to + (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Double4x256 pack, float* to, int count)
    {
        Double256.StoreSingle(new(pack._a), to, count);
        Double256.StoreSingle(new(pack._b), to + Part, count - Part);
        Double256.StoreSingle(new(pack._c), to + (2 * Part), count - (2 * Part));
        Double256.StoreSingle(new(pack._d), to + (3 * Part), count - (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double4x256 pack, ushort* to)
    {
        Double256.StoreHalf(new(pack._a), to);
        Double256.StoreHalf(new(pack._b), to + Part);
        Double256.StoreHalf(new(pack._c), to + (2 * Part));
        Double256.StoreHalf(new(pack._d), to + (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Double4x256 pack, ushort* to, int count)
    {
        Double256.StoreHalf(new(pack._a), to, count);
        Double256.StoreHalf(new(pack._b), to + Part, count - Part);
        Double256.StoreHalf(new(pack._c), to + (2 * Part), count - (2 * Part));
        Double256.StoreHalf(new(pack._d), to + (3 * Part), count - (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double4x256 pack, ushort* to)
    {
        Double256.StoreBrain(new(pack._a), to);
        Double256.StoreBrain(new(pack._b), to + Part);
        Double256.StoreBrain(new(pack._c), to + (2 * Part));
        Double256.StoreBrain(new(pack._d), to + (3 * Part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Double4x256 pack, ushort* to, int count)
    {
        Double256.StoreBrain(new(pack._a), to, count);
        Double256.StoreBrain(new(pack._b), to + Part, count - Part);
        Double256.StoreBrain(new(pack._c), to + (2 * Part), count - (2 * Part));
        Double256.StoreBrain(new(pack._d), to + (3 * Part), count - (3 * Part));
    }
}
