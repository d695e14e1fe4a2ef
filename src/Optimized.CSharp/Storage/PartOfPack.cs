using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Storage;

/// <summary>The last elements of a run, fewer than a pack has lanes: moved one by one.</summary>
internal static unsafe class PartOfPack
{
    /// <summary>The first <paramref name="count"/> elements, then zeros up to a whole pack.</summary>
    public static void Copy<T>(T* from, T* lanes, int count)
        where T : unmanaged
    {
        for (var lane = 0; lane < PackSizes.Lanes; lane++)
        {
            lanes[lane] = lane < count ? from[lane] : default;
        }
    }

    /// <summary>The first <paramref name="count"/> elements, zeros in the other lanes; nothing beyond is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Load(uint* from, int count)
    {
        if (!Avx512F.IsSupported)
        {
            return LoadOneByOne(from, count);
        }

        // As StoredSingle loads it: the compiler then sees that it is one load.
        return Avx512F
            .MaskLoad((float*)from, Single512.First(count), Vector512<float>.Zero)
            .AsUInt32();
    }

    /// <inheritdoc cref="Load(uint*, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Load(ushort* from, int count)
    {
        if (!Avx512BW.VL.IsSupported)
        {
            return LoadOneByOne(from, count);
        }

        var first = Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));
        return Avx512BW.VL.MaskLoad(from, first, Vector256<ushort>.Zero);
    }

    // Not inlined: memory on the stack would keep the callers' sums out of registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<uint> LoadOneByOne(uint* from, int count)
    {
        var lanes = stackalloc uint[PackSizes.Lanes];
        Copy(from, lanes, count);
        return Vector512.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<ushort> LoadOneByOne(ushort* from, int count)
    {
        var lanes = stackalloc ushort[PackSizes.Lanes];
        Copy(from, lanes, count);
        return Vector256.Load(lanes);
    }

    public static void CopyFirst<T>(T* lanes, T* to, int count)
        where T : unmanaged
    {
        for (var lane = 0; lane < Math.Min(count, PackSizes.Lanes); lane++)
        {
            to[lane] = lanes[lane];
        }
    }
}
