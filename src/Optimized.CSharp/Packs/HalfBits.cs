using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>IEEE 754 binary16 to binary32, exactly, and back with one rounding (nearest, ties to even).</summary>
internal static class HalfBits
{
    /// <summary>2^112: difference of the exponent biases.</summary>
    private const float ExponentShift = 5.192297e33f;

    public static float Widen(ushort half) => (float)BitConverter.UInt16BitsToHalf(half);

    public static ushort Narrow(float single) => BitConverter.HalfToUInt16Bits((Half)single);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> stored)
    {
        var bits = Avx512F.ConvertToVector512UInt32(stored);
        var magnitude = (bits & Vector512.Create(0x7fffu)) << 13;
        // Times 2^112 the exponent is right, subnormal numbers included; ∞ and NaN need all exponent bits.
        var value = (magnitude.AsSingle() * Vector512.Create(ExponentShift)).AsUInt32();
        value |=
            Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7c00u << 13))
            & Vector512.Create(0x7f800000u);
        return (value | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrow(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector512.Create(0x7fffffffu);
        // Normal results: the bits dropped round by a carry, ties to the even one.
        var odd = (magnitude >> 13) & Vector512.Create(1u);
        var normal = (magnitude + odd - Vector512.Create(0x38000000u - 0xfffu)) >> 13;
        // Subnormal results: 1/2 has the spacing 2^-24 that they have, so adding it rounds.
        var small =
            (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32()
            - Vector512.Create(0x3f000000u);
        var finite = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(0x38800000u)),
            small,
            normal
        );
        var infinite = Vector512.ConditionalSelect(
            Vector512.GreaterThan(magnitude, Vector512.Create(0x7f800000u)),
            Vector512.Create(0x7e00u),
            Vector512.Create(0x7c00u)
        );
        var rounded = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(0x477ff000u)),
            finite,
            infinite
        );
        rounded |= (bits >> 16) & Vector512.Create(0x8000u);
        return Avx512F.ConvertToVector256UInt16(rounded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> stored)
    {
        var bits = Vector256.WidenLower(stored.ToVector256Unsafe());
        var magnitude = (bits & Vector256.Create(0x7fffu)) << 13;
        // Times 2^112 the exponent is right, subnormal numbers included; ∞ and NaN need all exponent bits.
        var value = (magnitude.AsSingle() * Vector256.Create(ExponentShift)).AsUInt32();
        value |=
            Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7c00u << 13))
            & Vector256.Create(0x7f800000u);
        return (value | ((bits & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> Narrow(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector256.Create(0x7fffffffu);
        // Normal results: the bits dropped round by a carry, ties to the even one.
        var odd = (magnitude >> 13) & Vector256.Create(1u);
        var normal = (magnitude + odd - Vector256.Create(0x38000000u - 0xfffu)) >> 13;
        // Subnormal results: 1/2 has the spacing 2^-24 that they have, so adding it rounds.
        var small =
            (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32()
            - Vector256.Create(0x3f000000u);
        var finite = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(0x38800000u)),
            small,
            normal
        );
        var infinite = Vector256.ConditionalSelect(
            Vector256.GreaterThan(magnitude, Vector256.Create(0x7f800000u)),
            Vector256.Create(0x7e00u),
            Vector256.Create(0x7c00u)
        );
        var rounded = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(0x477ff000u)),
            finite,
            infinite
        );
        rounded |= (bits >> 16) & Vector256.Create(0x8000u);
        return Vector128.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Widen(Vector64<ushort> stored)
    {
        var bits = Vector128.WidenLower(stored.ToVector128Unsafe());
        var magnitude = (bits & Vector128.Create(0x7fffu)) << 13;
        // Times 2^112 the exponent is right, subnormal numbers included; ∞ and NaN need all exponent bits.
        var value = (magnitude.AsSingle() * Vector128.Create(ExponentShift)).AsUInt32();
        value |=
            Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7c00u << 13))
            & Vector128.Create(0x7f800000u);
        return (value | ((bits & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector64<ushort> Narrow(Vector128<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector128.Create(0x7fffffffu);
        // Normal results: the bits dropped round by a carry, ties to the even one.
        var odd = (magnitude >> 13) & Vector128.Create(1u);
        var normal = (magnitude + odd - Vector128.Create(0x38000000u - 0xfffu)) >> 13;
        // Subnormal results: 1/2 has the spacing 2^-24 that they have, so adding it rounds.
        var small =
            (magnitude.AsSingle() + Vector128.Create(0.5f)).AsUInt32()
            - Vector128.Create(0x3f000000u);
        var finite = Vector128.ConditionalSelect(
            Vector128.LessThan(magnitude, Vector128.Create(0x38800000u)),
            small,
            normal
        );
        var infinite = Vector128.ConditionalSelect(
            Vector128.GreaterThan(magnitude, Vector128.Create(0x7f800000u)),
            Vector128.Create(0x7e00u),
            Vector128.Create(0x7c00u)
        );
        var rounded = Vector128.ConditionalSelect(
            Vector128.LessThan(magnitude, Vector128.Create(0x477ff000u)),
            finite,
            infinite
        );
        rounded |= (bits >> 16) & Vector128.Create(0x8000u);
        return Vector128.Narrow(rounded, rounded).GetLower();
    }
}
