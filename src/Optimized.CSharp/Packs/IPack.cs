namespace NormCheck.Optimized.Packs;

/// <summary>
/// Some lanes of numbers that a kernel computes with. Kernels work on packs of <see cref="PackSizes.Lanes"/> lanes whatever
/// the registers of the machine are: a pack is one register, or several (<see cref="Pair{THalf,TWide}"/>), or plain
/// numbers. Every operation is one IEEE 754 operation a lane, so all widths give the same bits.
/// </summary>
/// <typeparam name="TSelf">The pack itself.</typeparam>
/// <typeparam name="TWide">The pack of as many binary64 lanes.</typeparam>
internal unsafe interface IPack<TSelf, TWide>
    where TSelf : unmanaged, IPack<TSelf, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    static abstract int Lanes { get; }

    /// <summary>Size of a lane in bytes: 4 or 8.</summary>
    static abstract int LaneBytes { get; }

    /// <summary>The value, rounded to the type of a lane, in every lane.</summary>
    static abstract TSelf Of(double value);

    /// <summary>Number <paramref name="index"/> of an array of lanes, in every lane.</summary>
    static abstract TSelf Spread(byte* lanes, nint index);

    /// <summary>Neighbouring numbers of an array of lanes.</summary>
    static abstract TSelf LoadLanes(byte* lanes, nint index);

    /// <summary>Writes a number, rounded to the type of a lane, into an array of lanes.</summary>
    static abstract void WriteLane(double value, byte* lanes, nint index);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>The smaller of both, lane by lane; of a NaN, either.</summary>
    static abstract TSelf Least(TSelf a, TSelf b);

    /// <summary>The smaller magnitude of both, lane by lane; of a NaN, either.</summary>
    static abstract TSelf LeastMagnitude(TSelf a, TSelf b);

    /// <summary>The first lanes as they are, 0 in the others. A count beyond the lanes keeps all, a negative one none.</summary>
    static abstract TSelf Keep(TSelf pack, int count);

    static abstract TWide Widen(TSelf pack);

    /// <summary>Sum of the lanes, by halves: lane i and lane i + Lanes/2 first.</summary>
    static abstract double Sum(TSelf pack);

    /// <summary>The smallest lane; of a NaN, any.</summary>
    static abstract double Least(TSelf pack);

    static abstract TSelf LoadDouble(double* from);

    static abstract TSelf LoadSingle(float* from);

    /// <summary>The first <paramref name="count"/> lanes from memory, 0 in the others; nothing beyond is read.</summary>
    static abstract TSelf LoadSingle(float* from, int count);

    static abstract TSelf LoadHalf(ushort* from);

    /// <inheritdoc cref="LoadSingle(float*, int)"/>
    static abstract TSelf LoadHalf(ushort* from, int count);

    static abstract TSelf LoadBrain(ushort* from);

    /// <inheritdoc cref="LoadSingle(float*, int)"/>
    static abstract TSelf LoadBrain(ushort* from, int count);

    static abstract void StoreDouble(TSelf pack, double* to);

    static abstract void StoreSingle(TSelf pack, float* to);

    /// <summary>Writes past the caches, to an address that is a multiple of 64 bytes.</summary>
    static virtual void StreamSingle(TSelf pack, float* to) => TSelf.StoreSingle(pack, to);

    /// <summary>Writes the first <paramref name="count"/> lanes; nothing beyond is touched.</summary>
    static abstract void StoreSingle(TSelf pack, float* to, int count);

    static abstract void StoreHalf(TSelf pack, ushort* to);

    /// <summary>Writes past the caches, to an address that is a multiple of 32 bytes.</summary>
    static virtual void StreamHalf(TSelf pack, ushort* to) => TSelf.StoreHalf(pack, to);

    /// <inheritdoc cref="StoreSingle(TSelf, float*, int)"/>
    static abstract void StoreHalf(TSelf pack, ushort* to, int count);

    static abstract void StoreBrain(TSelf pack, ushort* to);

    /// <inheritdoc cref="StreamHalf"/>
    static virtual void StreamBrain(TSelf pack, ushort* to) => TSelf.StoreBrain(pack, to);

    /// <inheritdoc cref="StoreSingle(TSelf, float*, int)"/>
    static abstract void StoreBrain(TSelf pack, ushort* to, int count);
}

internal static class PackSizes
{
    /// <summary>Lanes of the packs that kernels are written for: the reduction tree is built on this number.</summary>
    public const int Lanes = 16;
}
