using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// The smallest magnitude that is not 0 of the f32 or bf16 elements that were met, lane by lane; ∞ where there was none. It is
/// found on the bits in memory: twice the bits have lost the sign, and of their negation 0 is the smallest and the smallest
/// magnitude the largest. A maximum does not depend on the order, so it need not follow the packs of a kernel.
/// </summary>
internal readonly unsafe struct SmallestElement<TStored>
    where TStored : struct, IStored
{
    /// <summary>Minus twice the bits of every lane: 32 bits for f32, 16 bits in the lower half for bf16.</summary>
    private readonly Vector512<uint> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SmallestElement(Vector512<uint> lanes) => _lanes = lanes;

    private static bool IsSingle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TStored.Bytes == sizeof(float);
    }

    public static SmallestElement<TStored> None
    {
        // Of ∞.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512.Create(IsSingle ? 0x0100_0000u : 0x0100_0100u));
    }

    /// <summary>After a pack of elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SmallestElement<TStored> And(byte* memory, nint index) =>
        new(Largest(_lanes, Ordered(memory, index)));

    /// <summary>After four packs of elements, so many elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SmallestElement<TStored> AndFour(byte* memory, nint index, nint distance)
    {
        // A maximum has a latency of two cycles: three of the four need not wait for the one before.
        var odd = Largest(memory, index + distance, index + (3 * distance));
        var even = Largest(memory, index, index + (2 * distance));
        return new(Largest(_lanes, Largest(even, odd)));
    }

    /// <summary>After the first elements of a pack; nothing beyond is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SmallestElement<TStored> And(byte* memory, nint index, int count) =>
        new(
            Largest(
                _lanes,
                IsSingle
                    ? Ordered(PartOfPack.Load((uint*)memory + index, count))
                    : Ordered(PartOfPack.Load((ushort*)memory + index, count))
            )
        );

    /// <summary>The smallest of every lane and of <paramref name="least"/>, to where that lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Close(float* least) =>
        Vector512.MinNative(Vector512.Load(least), Lanes()).Store(least);

    /// <summary>The smallest of all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Least()
    {
        var lanes = Lanes();
        var half = Vector256.MinNative(lanes.GetLower(), lanes.GetUpper());
        var quarter = Vector128.MinNative(half.GetLower(), half.GetUpper());
        quarter = Vector128.MinNative(
            quarter,
            Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1))
        );
        return float.MinNative(quarter[0], quarter[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Largest(byte* memory, nint a, nint b) =>
        Largest(Ordered(memory, a), Ordered(memory, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Largest(Vector512<uint> a, Vector512<uint> b) =>
        IsSingle
            ? Vector512.Max(a, b)
            : Vector256
                .Max(a.GetLower().AsUInt16(), b.GetLower().AsUInt16())
                .AsUInt32()
                .ToVector512Unsafe();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Ordered(byte* memory, nint index) =>
        IsSingle
            ? Ordered(Vector512.Load((uint*)memory + index))
            : Ordered(Vector256.Load((ushort*)memory + index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Ordered(Vector512<uint> bits) => -(bits + bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Ordered(Vector256<ushort> bits) =>
        (-(bits + bits)).AsUInt32().ToVector512Unsafe();

    /// <summary>Every lane as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Lanes()
    {
        if (IsSingle)
        {
            return (-_lanes >> 1).AsSingle();
        }

        var bits = -_lanes.GetLower().AsUInt16() >> 1;
        return (
            Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits)) << 16
        ).AsSingle();
    }
}
