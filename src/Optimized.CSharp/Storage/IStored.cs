using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Storage;

/// <summary>
/// Type of the elements in memory, and of the parameters beside them. Kernels address memory by element: this turns
/// elements into packs and back. Reading is exact, writing rounds once (nearest, ties to even).
/// </summary>
internal unsafe interface IStored
{
    /// <summary>Size of an element of x, y, dy, dx in bytes.</summary>
    static abstract int Bytes { get; }

    /// <summary>Size of a parameter or statistic in bytes.</summary>
    static abstract int ParameterBytes { get; }

    /// <summary>Bits of a significand.</summary>
    static abstract int Digits { get; }

    /// <summary>Every element is a multiple of this.</summary>
    static abstract double SmallestStep { get; }

    static abstract TPack Load<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    /// <summary>The first lanes from memory, zeros in the others.</summary>
    static abstract TPack Load<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    static abstract void Store<TPack, TWide>(TPack pack, byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    /// <summary>Whether <see cref="Stream"/> goes past the caches.</summary>
    static virtual bool Streams => false;

    /// <summary>The same past the caches, to an address that is a multiple of what a pack takes.</summary>
    static virtual void Stream<TPack, TWide>(TPack pack, byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => throw new NotSupportedException();

    /// <summary>Writes the first lanes only.</summary>
    static abstract void Store<TPack, TWide>(TPack pack, byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    static abstract TPack LoadParameter<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    static abstract TPack LoadParameter<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;

    static abstract double ReadParameter(byte* memory, nint index);

    static abstract void WriteParameter(double value, byte* memory, nint index);
}
