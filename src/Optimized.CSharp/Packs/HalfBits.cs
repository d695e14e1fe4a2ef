using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Packs;

/// <summary>IEEE 754 binary16 to binary32, exactly, and back with one rounding (nearest, ties to even).</summary>
/// <remarks>
/// Widening: the bits of a half, 13 places up, are a binary32 with an exponent that is 112 too small; a multiplication mends
/// that, of subnormal numbers too. ∞ and NaN still need all bits of an exponent.
///
/// Narrowing x of exponent e, −14 at least: in x + 2^(e + 13) the last place is 2^(e − 10), that of a half, so the addition
/// rounds. The lower bits of the sum are then the digits d of the result, from 0 to 2^11, and d + ((e + 14) &lt;&lt; 10) is
/// the half, carry and subnormal numbers included. 2^(e + 13) has the bits (e + 140) &lt;&lt; 23; what (e + 127) &lt;&lt; 10
/// is too much in 16 bits is added to them beforehand: 0x3c00, an even number, which leaves the rounding as it is.
/// </remarks>
internal static class HalfBits
{
    /// <summary>2^112: difference of the exponent biases.</summary>
    private const float ExponentShift = 5.192297e33f;

    /// <summary>Digits that a binary32 has and a binary16 has not.</summary>
    private const int MovedBits = 13;

    private const uint SignAndMagnitude = 0x8fff_e000;

    /// <summary>Exponent of ∞ and NaN in binary16.</summary>
    private const int ExponentBits = 0x7c00;

    private const uint SingleInfinity = 0x7f80_0000;

    private const uint NotANumber = 0x7e00;

    /// <summary>2^16 and all above become ∞.</summary>
    private const float Overflow = 65536;

    /// <summary>2^-14 in binary32: smaller numbers have its last place.</summary>
    private const uint SmallestExponent = 0x3880_0000;

    private const uint RoundingShift = ((uint)MovedBits << 23) + 0x3c00;

    public static float Widen(ushort half) => (float)BitConverter.UInt16BitsToHalf(half);

    public static ushort Narrow(float single) => BitConverter.HalfToUInt16Bits((Half)single);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> stored)
    {
        var bits = Avx512F.ConvertToVector512Int32(stored.AsInt16());
        var magnitude = (bits << MovedBits) & Vector512.Create(SignAndMagnitude).AsInt32();
        var value = (magnitude.AsSingle() * Vector512.Create(ExponentShift)).AsInt32();
        var exponent = Vector512.Create(ExponentBits);
        return Vector512
            .ConditionalSelect(
                Vector512.Equals(bits & exponent, exponent),
                value | Vector512.Create(SingleInfinity).AsInt32(),
                value
            )
            .AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrow(Vector512<float> value)
    {
        var magnitude = Vector512.MinNative(Vector512.Create(Overflow), Vector512.Abs(value));
        var exponent = Vector512.Max(
            magnitude.AsUInt32() & Vector512.Create(SingleInfinity),
            Vector512.Create(SmallestExponent)
        );
        var rounder = exponent + Vector512.Create(RoundingShift);
        var digits = (magnitude + rounder.AsSingle()).AsUInt32();
        var rounded = Vector512.ConditionalSelect(
            Vector512.Equals(value, value).AsUInt32(),
            digits + (exponent >> MovedBits),
            Vector512.Create(NotANumber)
        );
        rounded |= (value.AsUInt32() >> 16) & Vector512.Create(0x8000u);
        return Avx512F.ConvertToVector256UInt16(rounded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> stored)
    {
        var bits = Avx2.ConvertToVector256Int32(stored.AsInt16());
        var magnitude = (bits << MovedBits) & Vector256.Create(SignAndMagnitude).AsInt32();
        var value = (magnitude.AsSingle() * Vector256.Create(ExponentShift)).AsInt32();
        var exponent = Vector256.Create(ExponentBits);
        return Vector256
            .ConditionalSelect(
                Vector256.Equals(bits & exponent, exponent),
                value | Vector256.Create(SingleInfinity).AsInt32(),
                value
            )
            .AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> Narrow(Vector256<float> value)
    {
        var magnitude = Vector256.MinNative(Vector256.Create(Overflow), Vector256.Abs(value));
        var exponent = Vector256.Max(
            magnitude.AsUInt32() & Vector256.Create(SingleInfinity),
            Vector256.Create(SmallestExponent)
        );
        var rounder = exponent + Vector256.Create(RoundingShift);
        var digits = (magnitude + rounder.AsSingle()).AsUInt32();
        var rounded = Vector256.ConditionalSelect(
            Vector256.Equals(value, value).AsUInt32(),
            digits + (exponent >> MovedBits),
            Vector256.Create(NotANumber)
        );
        rounded |= (value.AsUInt32() >> 16) & Vector256.Create(0x8000u);
        return Vector128.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Widen(Vector64<ushort> stored)
    {
        var bits = Vector128.WidenLower(stored.AsInt16().ToVector128Unsafe());
        var magnitude = (bits << MovedBits) & Vector128.Create(SignAndMagnitude).AsInt32();
        var value = (magnitude.AsSingle() * Vector128.Create(ExponentShift)).AsInt32();
        var exponent = Vector128.Create(ExponentBits);
        return Vector128
            .ConditionalSelect(
                Vector128.Equals(bits & exponent, exponent),
                value | Vector128.Create(SingleInfinity).AsInt32(),
                value
            )
            .AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector64<ushort> Narrow(Vector128<float> value)
    {
        var magnitude = Vector128.MinNative(Vector128.Create(Overflow), Vector128.Abs(value));
        var exponent = Vector128.Max(
            magnitude.AsUInt32() & Vector128.Create(SingleInfinity),
            Vector128.Create(SmallestExponent)
        );
        var rounder = exponent + Vector128.Create(RoundingShift);
        var digits = (magnitude + rounder.AsSingle()).AsUInt32();
        var rounded = Vector128.ConditionalSelect(
            Vector128.Equals(value, value).AsUInt32(),
            digits + (exponent >> MovedBits),
            Vector128.Create(NotANumber)
        );
        rounded |= (value.AsUInt32() >> 16) & Vector128.Create(0x8000u);
        return Vector128.Narrow(rounded, rounded).GetLower();
    }
}
