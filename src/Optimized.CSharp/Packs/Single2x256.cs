using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>
/// 16 lanes of binary32 in two 256-bit registers, see <see cref="Double4x256"/>.
/// </summary>
internal readonly unsafe struct Single2x256 : IPack<Single2x256, Double4x256>
{
    private const int Part = 8;

    private readonly Vector256<float> _a;
    private readonly Vector256<float> _b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Single2x256(Vector256<float> a, Vector256<float> b)
    {
        _a = a;
        _b = b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Single2x256(Single256 a, Single256 b)
    {
        _a = a.Value;
        _b = b.Value;
    }

    public static int Lanes => 2 * Part;

    public static int LaneBytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 Of(double value)
    {
        var lanes = Vector256.Create((float)value);
        return new(lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 Spread(byte* lanes, nint index)
    {
        var spread = Vector256.Create(((float*)lanes)[index]);
        return new(spread, spread);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadLanes(byte* lanes, nint index) =>
        new(Vector256.Load((float*)lanes + index), Vector256.Load((float*)lanes + index + Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((float*)lanes)[index] = (float)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 operator +(Single2x256 a, Single2x256 b) =>
        new(a._a + b._a, a._b + b._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 operator -(Single2x256 a, Single2x256 b) =>
        new(a._a - b._a, a._b - b._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 operator *(Single2x256 a, Single2x256 b) =>
        new(a._a * b._a, a._b * b._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 operator /(Single2x256 a, Single2x256 b) =>
        new(a._a / b._a, a._b / b._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 Fma(Single2x256 a, Single2x256 b, Single2x256 c) =>
        new(
            Vector256.FusedMultiplyAdd(a._a, b._a, c._a),
            Vector256.FusedMultiplyAdd(a._b, b._b, c._b)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 Least(Single2x256 a, Single2x256 b) =>
        new(Vector256.MinNative(a._a, b._a), Vector256.MinNative(a._b, b._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LeastMagnitude(Single2x256 a, Single2x256 b) =>
        new(
            Vector256.MinNative(Vector256.Abs(a._a), Vector256.Abs(b._a)),
            Vector256.MinNative(Vector256.Abs(a._b), Vector256.Abs(b._b))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 Keep(Single2x256 pack, int count) =>
        new(pack._a & Single256.First(count), pack._b & Single256.First(count - Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double4x256 Widen(Single2x256 pack) =>
        new(
            Avx.ConvertToVector256Double(pack._a.GetLower()),
            Avx.ConvertToVector256Double(pack._a.GetUpper()),
            Avx.ConvertToVector256Double(pack._b.GetLower()),
            Avx.ConvertToVector256Double(pack._b.GetUpper())
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Single2x256 pack) => Single256.Sum(new(pack._a + pack._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Least(Single2x256 pack) =>
        Single256.Least(new(Vector256.MinNative(pack._a, pack._b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadDouble(double* from) =>
        new(Single256.LoadDouble(from), Single256.LoadDouble(from + Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadSingle(float* from) =>
        new(Single256.LoadSingle(from), Single256.LoadSingle(from + Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadSingle(float* from, int count) =>
        new(Single256.LoadSingle(from, count), Single256.LoadSingle(from + Part, count - Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadHalf(ushort* from) =>
        new(Single256.LoadHalf(from), Single256.LoadHalf(from + Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadHalf(ushort* from, int count) =>
        new(Single256.LoadHalf(from, count), Single256.LoadHalf(from + Part, count - Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadBrain(ushort* from) =>
        new(Single256.LoadBrain(from), Single256.LoadBrain(from + Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Single2x256 LoadBrain(ushort* from, int count) =>
        new(Single256.LoadBrain(from, count), Single256.LoadBrain(from + Part, count - Part));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDouble(Single2x256 pack, double* to)
    {
        Single256.StoreDouble(new(pack._a), to);
        Single256.StoreDouble(new(pack._b), to + Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single2x256 pack, float* to)
    {
        Single256.StoreSingle(new(pack._a), to);
        Single256.StoreSingle(new(pack._b), to + Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamSingle(Single2x256 pack, float* to)
    {
        Single256.StreamSingle(new(pack._a), to);
        Single256.StreamSingle(new(pack._b), to + Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSingle(Single2x256 pack, float* to, int count)
    {
        Single256.StoreSingle(new(pack._a), to, count);
        Single256.StoreSingle(new(pack._b), to + Part, count - Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single2x256 pack, ushort* to)
    {
        Single256.StoreHalf(new(pack._a), to);
        Single256.StoreHalf(new(pack._b), to + Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Single2x256 pack, ushort* to, int count)
    {
        Single256.StoreHalf(new(pack._a), to, count);
        Single256.StoreHalf(new(pack._b), to + Part, count - Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single2x256 pack, ushort* to)
    {
        Single256.StoreBrain(new(pack._a), to);
        Single256.StoreBrain(new(pack._b), to + Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBrain(Single2x256 pack, ushort* to, int count)
    {
        Single256.StoreBrain(new(pack._a), to, count);
        Single256.StoreBrain(new(pack._b), to + Part, count - Part);
    }
}
