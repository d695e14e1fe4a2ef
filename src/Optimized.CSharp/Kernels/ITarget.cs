using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>How a kernel writes whole packs.</summary>
internal unsafe interface ITarget
{
    static abstract bool IsPastCaches { get; }

    static abstract void Store<TStored, TPack, TWide>(TPack pack, byte* memory, nint index)
        where TStored : struct, IStored
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>;
}

/// <summary>As any store: for results that somebody reads soon.</summary>
internal readonly unsafe struct Cached : ITarget
{
    public static bool IsPastCaches => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TStored, TPack, TWide>(TPack pack, byte* memory, nint index)
        where TStored : struct, IStored
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TStored.Store<TPack, TWide>(pack, memory, index);
}

/// <summary>Past the caches, to addresses that are multiples of a pack's bytes.</summary>
internal readonly unsafe struct Streamed : ITarget
{
    public static bool IsPastCaches => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TStored, TPack, TWide>(TPack pack, byte* memory, nint index)
        where TStored : struct, IStored
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TStored.Stream<TPack, TWide>(pack, memory, index);
}
