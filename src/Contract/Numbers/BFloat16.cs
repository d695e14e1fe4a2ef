namespace NormCheck.Contract.Numbers;

/// <summary>bfloat16 as its 16 bits: the upper half of a binary32, so 8 significant bits and the range of f32.</summary>
/// <remarks>For storage: arithmetic is done after a conversion. Two values are equal where their bits are.</remarks>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Exact.</summary>
    public static implicit operator float(BFloat16 value) => ToSingle(value.Bits);

    /// <summary>Exact.</summary>
    public static implicit operator double(BFloat16 value) => ToSingle(value.Bits);

    /// <summary>Round to nearest, ties to even; NaN stays a (quiet) NaN.</summary>
    public static explicit operator BFloat16(float value) => new(FromSingle(value));

    /// <summary>Round to nearest, ties to even, in one rounding.</summary>
    public static explicit operator BFloat16(double value) => new(FromDouble(value));

    /// <summary>Exact.</summary>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Round to nearest, ties to even; NaN stays a (quiet) NaN.</summary>
    public static ushort FromSingle(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return (ushort)((bits >> 16) | 0x0040);
        }

        // Adding just under half a unit, plus one more when the kept part is odd, rounds ties to even.
        var rounding = 0x7FFFu + ((bits >> 16) & 1u);
        return (ushort)((bits + rounding) >> 16);
    }

    /// <summary>Round to nearest, ties to even, in one rounding.</summary>
    public static ushort FromDouble(double value)
    {
        var single = (float)value;
        if ((double)single == value || !float.IsFinite(single))
        {
            return FromSingle(single);
        }

        // Round to odd on the way through f32: the second rounding then sees a sticky bit and cannot mistake
        // an almost-tie for a tie.
        var bits = BitConverter.SingleToUInt32Bits(single);
        var below = Math.Abs((double)single) > Math.Abs(value) ? bits - 1 : bits;
        return FromSingle(BitConverter.UInt32BitsToSingle(below | 1u));
    }

    /// <summary>The value, as a binary32 prints.</summary>
    public override string ToString() =>
        ToSingle(Bits).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
