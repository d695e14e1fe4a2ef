namespace NormCheck.Optimized.Packs;

/// <summary>One binary64 number: packs for machines without vector registers.</summary>
internal readonly unsafe struct DoubleScalar(double value) : IPack<DoubleScalar, DoubleScalar>
{
    private readonly double _value = value;

    public static int Lanes => 1;

    public static int LaneBytes => sizeof(double);

    public static DoubleScalar Of(double value) => new(value);

    public static DoubleScalar Spread(byte* lanes, nint index) => new(((double*)lanes)[index]);

    public static DoubleScalar LoadLanes(byte* lanes, nint index) => new(((double*)lanes)[index]);

    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((double*)lanes)[index] = value;

    public static DoubleScalar operator +(DoubleScalar a, DoubleScalar b) =>
        new(a._value + b._value);

    public static DoubleScalar operator -(DoubleScalar a, DoubleScalar b) =>
        new(a._value - b._value);

    public static DoubleScalar operator *(DoubleScalar a, DoubleScalar b) =>
        new(a._value * b._value);

    public static DoubleScalar operator /(DoubleScalar a, DoubleScalar b) =>
        new(a._value / b._value);

    public static DoubleScalar Fma(DoubleScalar a, DoubleScalar b, DoubleScalar c) =>
        new(Math.FusedMultiplyAdd(a._value, b._value, c._value));

    public static DoubleScalar Least(DoubleScalar a, DoubleScalar b) =>
        new(a._value < b._value ? a._value : b._value);

    public static DoubleScalar LeastMagnitude(DoubleScalar a, DoubleScalar b) =>
        Least(new(Math.Abs(a._value)), new(Math.Abs(b._value)));

    public static DoubleScalar Keep(DoubleScalar pack, int count) => count > 0 ? pack : default;

    public static DoubleScalar Widen(DoubleScalar pack) => new(pack._value);

    public static double Sum(DoubleScalar pack) => pack._value;

    public static double Least(DoubleScalar pack) => pack._value;

    public static DoubleScalar LoadDouble(double* from) => new(*from);

    public static DoubleScalar LoadSingle(float* from) => new(*from);

    public static DoubleScalar LoadSingle(float* from, int count) =>
        count > 0 ? new(*from) : default;

    public static DoubleScalar LoadHalf(ushort* from) => new(HalfBits.Widen(*from));

    public static DoubleScalar LoadHalf(ushort* from, int count) =>
        count > 0 ? LoadHalf(from) : default;

    public static DoubleScalar LoadBrain(ushort* from) => new(BrainBits.Widen(*from));

    public static DoubleScalar LoadBrain(ushort* from, int count) =>
        count > 0 ? LoadBrain(from) : default;

    public static void StoreDouble(DoubleScalar pack, double* to) => *to = pack._value;

    public static void StoreSingle(DoubleScalar pack, float* to) => *to = (float)pack._value;

    public static void StoreSingle(DoubleScalar pack, float* to, int count)
    {
        if (count > 0)
        {
            StoreSingle(pack, to);
        }
    }

    public static void StoreHalf(DoubleScalar pack, ushort* to) =>
        *to = HalfBits.Narrow((float)pack._value);

    public static void StoreHalf(DoubleScalar pack, ushort* to, int count)
    {
        if (count > 0)
        {
            StoreHalf(pack, to);
        }
    }

    public static void StoreBrain(DoubleScalar pack, ushort* to) =>
        *to = BrainBits.Narrow((float)pack._value);

    public static void StoreBrain(DoubleScalar pack, ushort* to, int count)
    {
        if (count > 0)
        {
            StoreBrain(pack, to);
        }
    }
}
