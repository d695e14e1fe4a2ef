using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>The last elements of a run, fewer than a pack has lanes: under a mask, or moved one by one.</summary>
/// <remarks>
/// What needs memory on the stack is not inlined. In a kernel such memory keeps sums out of registers, and the check that the
/// compiler adds for it copies the kernel's parameters.
/// </remarks>
internal static unsafe class PartOfPack
{
    private const int BitsOfHalf = 16;

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
    public static Vector256<ushort> Load(ushort* from, int count) =>
        Avx512BW.VL.IsSupported
            ? Avx512BW.VL.MaskLoad(from, First(count), Vector256<ushort>.Zero)
            : Vector256.Create(LoadEight(from, count), LoadEight(from + 8, count - 8));

    /// <summary>Writes the first <paramref name="count"/> elements; nothing beyond is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<ushort> elements, ushort* to, int count)
    {
        if (Avx512BW.VL.IsSupported)
        {
            Avx512BW.VL.MaskStore(to, First(count), elements);
        }
        else
        {
            StoreEight(elements.GetLower(), to, count);
            StoreEight(elements.GetUpper(), to + 8, count - 8);
        }
    }

    /// <inheritdoc cref="Load(uint*, int)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector128<ushort> LoadEight(ushort* from, int count) =>
        Vector128.Create(BitsOfFour(from, count), BitsOfFour(from + 4, count - 4)).AsUInt16();

    /// <inheritdoc cref="Load(uint*, int)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector64<ushort> LoadFour(ushort* from, int count) =>
        Vector64.Create(BitsOfFour(from, count)).AsUInt16();

    /// <inheritdoc cref="Store"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreEight(Vector128<ushort> elements, ushort* to, int count)
    {
        StoreBits(elements.AsUInt64()[0], to, count);
        StoreBits(elements.AsUInt64()[1], to + 4, count - 4);
    }

    /// <inheritdoc cref="Store"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreFour(Vector64<ushort> elements, ushort* to, int count) =>
        StoreBits(elements.AsUInt64()[0], to, count);

    /// <inheritdoc cref="Load(uint*, int)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TPack LoadDouble<TPack, TWide>(double* from, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
    {
        var lanes = stackalloc double[PackSizes.Lanes];
        for (var lane = 0; lane < PackSizes.Lanes; lane++)
        {
            lanes[lane] = lane < count ? from[lane] : 0;
        }

        return TPack.LoadDouble(lanes);
    }

    /// <inheritdoc cref="Store"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreDouble<TPack, TWide>(TPack pack, double* to, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide>
    {
        var lanes = stackalloc double[PackSizes.Lanes];
        TPack.StoreDouble(pack, lanes);
        for (var lane = 0; lane < Math.Min(count, PackSizes.Lanes); lane++)
        {
            to[lane] = lanes[lane];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<uint> LoadOneByOne(uint* from, int count)
    {
        var lanes = stackalloc uint[PackSizes.Lanes];
        for (var lane = 0; lane < PackSizes.Lanes; lane++)
        {
            lanes[lane] = lane < count ? from[lane] : 0;
        }

        return Vector512.Load(lanes);
    }

    /// <summary>All bits set in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> First(int count) =>
        Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));

    private static ulong BitsOfFour(ushort* from, int count)
    {
        var bits = 0UL;
        for (var lane = 0; lane < Math.Min(count, 4); lane++)
        {
            bits |= (ulong)from[lane] << (lane * BitsOfHalf);
        }

        return bits;
    }

    private static void StoreBits(ulong bits, ushort* to, int count)
    {
        for (var lane = 0; lane < Math.Min(count, 4); lane++)
        {
            to[lane] = (ushort)(bits >> (lane * BitsOfHalf));
        }
    }
}
