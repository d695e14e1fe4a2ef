using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>How γ and β of a row lie in memory.</summary>
internal unsafe interface IRowParameters<TPack>
    where TPack : unmanaged
{
    static abstract TPack Load(byte* memory, nint index);

    /// <summary>The last ones, fewer than a pack has lanes. What is in the other lanes does not matter.</summary>
    static abstract TPack Load(byte* memory, nint index, int count);
}

/// <summary>As the caller gave them: nothing beyond their end is read.</summary>
internal readonly unsafe struct StoredParameters<TPack, TWide, TStored> : IRowParameters<TPack>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TStored : struct, IStored
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load(byte* memory, nint index) =>
        TStored.LoadParameter<TPack, TWide>(memory, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load(byte* memory, nint index, int count) =>
        TStored.LoadParameter<TPack, TWide>(memory, index, count);
}

/// <summary>Widened to lanes, with room for whole packs.</summary>
internal readonly unsafe struct LaneParameters<TPack, TWide> : IRowParameters<TPack>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load(byte* memory, nint index) => TPack.LoadLanes(memory, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load(byte* memory, nint index, int count) => TPack.LoadLanes(memory, index);
}
