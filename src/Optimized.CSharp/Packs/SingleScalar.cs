namespace NormCheck.Optimized.Packs;

/// <summary>One binary32 number: packs for machines without vector registers.</summary>
internal readonly unsafe struct SingleScalar(float value) : IPack<SingleScalar, DoubleScalar>
{
    private readonly float _value = value;

    public static int Lanes => 1;

    public static int LaneBytes => sizeof(float);

    public static SingleScalar Of(double value) => new((float)value);

    public static SingleScalar Spread(byte* lanes, nint index) => new(((float*)lanes)[index]);

    public static SingleScalar LoadLanes(byte* lanes, nint index) => new(((float*)lanes)[index]);

    public static void WriteLane(double value, byte* lanes, nint index) =>
        ((float*)lanes)[index] = (float)value;

    public static SingleScalar operator +(SingleScalar a, SingleScalar b) =>
        new(a._value + b._value);

    public static SingleScalar operator -(SingleScalar a, SingleScalar b) =>
        new(a._value - b._value);

    public static SingleScalar operator *(SingleScalar a, SingleScalar b) =>
        new(a._value * b._value);

    public static SingleScalar operator /(SingleScalar a, SingleScalar b) =>
        new(a._value / b._value);

    public static SingleScalar Fma(SingleScalar a, SingleScalar b, SingleScalar c) =>
        new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    public static SingleScalar Least(SingleScalar a, SingleScalar b) =>
        new(a._value < b._value ? a._value : b._value);

    public static SingleScalar LeastMagnitude(SingleScalar a, SingleScalar b) =>
        Least(new(MathF.Abs(a._value)), new(MathF.Abs(b._value)));

    public static SingleScalar Keep(SingleScalar pack, int count) => count > 0 ? pack : default;

    public static DoubleScalar Widen(SingleScalar pack) => new(pack._value);

    public static double Sum(SingleScalar pack) => pack._value;

    public static double Least(SingleScalar pack) => pack._value;

    public static SingleScalar LoadDouble(double* from) => new((float)*from);

    public static SingleScalar LoadSingle(float* from) => new(*from);

    public static SingleScalar LoadSingle(float* from, int count) =>
        count > 0 ? new(*from) : default;

    public static SingleScalar LoadHalf(ushort* from) => new(HalfBits.Widen(*from));

    public static SingleScalar LoadHalf(ushort* from, int count) =>
        count > 0 ? LoadHalf(from) : default;

    public static SingleScalar LoadBrain(ushort* from) => new(BrainBits.Widen(*from));

    public static SingleScalar LoadBrain(ushort* from, int count) =>
        count > 0 ? LoadBrain(from) : default;

    public static void StoreDouble(SingleScalar pack, double* to) => *to = pack._value;

    public static void StoreSingle(SingleScalar pack, float* to) => *to = pack._value;

    public static void StoreSingle(SingleScalar pack, float* to, int count)
    {
        if (count > 0)
        {
            StoreSingle(pack, to);
        }
    }

    public static void StoreHalf(SingleScalar pack, ushort* to) =>
        *to = HalfBits.Narrow(pack._value);

    public static void StoreHalf(SingleScalar pack, ushort* to, int count)
    {
        if (count > 0)
        {
            StoreHalf(pack, to);
        }
    }

    public static void StoreBrain(SingleScalar pack, ushort* to) =>
        *to = BrainBits.Narrow(pack._value);

    public static void StoreBrain(SingleScalar pack, ushort* to, int count)
    {
        if (count > 0)
        {
            StoreBrain(pack, to);
        }
    }
}
