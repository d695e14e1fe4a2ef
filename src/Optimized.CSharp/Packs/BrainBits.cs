using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>bfloat16, the upper half of a binary32, to binary32 and back with one rounding (nearest, ties to even).</summary>
internal static class BrainBits
{
    public static float Widen(ushort brain) => BitConverter.UInt32BitsToSingle((uint)brain << 16);

    public static ushort Narrow(float single)
    {
        var bits = BitConverter.SingleToUInt32Bits(single);
        return float.IsNaN(single)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> stored)
    {
        var bits = Avx512F.ConvertToVector512UInt32(stored);
        return (bits << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrow(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector512.Create(1u);
        var rounded = (bits + odd + Vector512.Create(0x7fffu)) >> 16;
        var quiet = (bits >> 16) | Vector512.Create(0x40u);
        var result = Vector512.ConditionalSelect(
            Vector512.Equals(value, value).AsUInt32(),
            rounded,
            quiet
        );
        return Avx512F.ConvertToVector256UInt16(result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> stored)
    {
        var bits = Vector256.WidenLower(stored.ToVector256Unsafe());
        return (bits << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> Narrow(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector256.Create(1u);
        var rounded = (bits + odd + Vector256.Create(0x7fffu)) >> 16;
        var quiet = (bits >> 16) | Vector256.Create(0x40u);
        var result = Vector256.ConditionalSelect(
            Vector256.Equals(value, value).AsUInt32(),
            rounded,
            quiet
        );
        return Vector128.Narrow(result.GetLower(), result.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Widen(Vector64<ushort> stored)
    {
        var bits = Vector128.WidenLower(stored.ToVector128Unsafe());
        return (bits << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector64<ushort> Narrow(Vector128<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector128.Create(1u);
        var rounded = (bits + odd + Vector128.Create(0x7fffu)) >> 16;
        var quiet = (bits >> 16) | Vector128.Create(0x40u);
        var result = Vector128.ConditionalSelect(
            Vector128.Equals(value, value).AsUInt32(),
            rounded,
            quiet
        );
        return Vector128.Narrow(result, result).GetLower();
    }
}
