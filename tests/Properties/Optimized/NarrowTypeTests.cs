using System.Runtime.Intrinsics;
using NormCheck.Optimized.Packs;
using Xunit;

namespace NormCheck.Properties.Optimized;

/// <summary>16-bit numbers to binary32 and back, on registers of every width, against the runtime and plain arithmetic.</summary>
public class NarrowTypeTests
{
    private const int SeedOfBits = 20261121;
    private const int Draws = 1_000_000;

    /// <summary>Every one of 65,536.</summary>
    [Fact]
    public void Widening_is_exact()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var half = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            var brain = BitConverter.Int32BitsToSingle(bits << 16);
            Same(half, Wide((ushort)bits, HalfBits.Widen, HalfBits.Widen, HalfBits.Widen), bits);
            Same(
                brain,
                Wide((ushort)bits, BrainBits.Widen, BrainBits.Widen, BrainBits.Widen),
                bits
            );
        }
    }

    /// <summary>Every half and bfloat16, the ties between them, and the numbers next to those.</summary>
    [Fact]
    public void Narrowing_rounds_to_nearest_ties_to_even()
    {
        for (var bits = 0; bits < ushort.MaxValue; bits++)
        {
            var half = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            var next = (float)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            AroundIsRight(float.IsFinite(next) ? (half + next) / 2 : half);
            AroundIsRight(half);
            AroundIsRight(BitConverter.Int32BitsToSingle(bits << 16));
            AroundIsRight(BitConverter.Int32BitsToSingle((bits << 16) | 0x8000));
        }

        AroundIsRight(65520);
        AroundIsRight(65536);
        AroundIsRight(float.MaxValue);
    }

    [Fact]
    public void Narrowing_of_random_bits()
    {
        var random = new Random(SeedOfBits);
        for (var i = 0; i < Draws; i++)
        {
            IsRight(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
            IsRight((float)(random.NextDouble() * Math.Pow(2, random.Next(-30, 20))));
        }
    }

    private static void AroundIsRight(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        for (var shift = -1; shift <= 1; shift++)
        {
            IsRight(BitConverter.Int32BitsToSingle(bits + shift));
            IsRight(BitConverter.Int32BitsToSingle((bits + shift) ^ int.MinValue));
        }
    }

    private static void IsRight(float value)
    {
        var half = BitConverter.HalfToUInt16Bits((Half)value);
        foreach (var narrowed in Narrow(value, HalfBits.Narrow, HalfBits.Narrow, HalfBits.Narrow))
        {
            var isSame = float.IsNaN(value)
                ? Half.IsNaN(BitConverter.UInt16BitsToHalf(narrowed))
                : narrowed == half;
            Assert.True(isSame, $"f16 of {value:R}: {narrowed:x4}, not {half:x4}");
        }

        var brain = BrainOf(value);
        foreach (
            var narrowed in Narrow(value, BrainBits.Narrow, BrainBits.Narrow, BrainBits.Narrow)
        )
        {
            var isSame = float.IsNaN(value) ? (narrowed & 0x7fff) > 0x7f80 : narrowed == brain;
            Assert.True(isSame, $"bf16 of {value:R}: {narrowed:x4}, not {brain:x4}");
        }
    }

    /// <summary>The nearer of the two neighbours, by distances in binary64.</summary>
    private static ushort BrainOf(float value)
    {
        if (!float.IsFinite(value))
        {
            return (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        }

        var lower = BitConverter.SingleToUInt32Bits(value) >> 16;
        var below = Math.Abs(value - (double)BitConverter.UInt32BitsToSingle(lower << 16));
        var above = Math.Abs(Above(lower) - value);
        var isUpper = above < below || (above == below && (lower & 1) == 1);
        return (ushort)(isUpper ? lower + 1 : lower);
    }

    /// <summary>The next bfloat16 away from 0; past the largest, what it would be.</summary>
    private static double Above(uint brain)
    {
        var next = BitConverter.UInt32BitsToSingle((brain + 1) << 16);
        return float.IsFinite(next) ? next : Math.CopySign(Math.Pow(2, 128), next);
    }

    private static void Same(float expected, IEnumerable<float> got, int bits)
    {
        foreach (var value in got)
        {
            var isSame = float.IsNaN(expected)
                ? float.IsNaN(value)
                : BitConverter.SingleToInt32Bits(value) == BitConverter.SingleToInt32Bits(expected);
            Assert.True(isSame, $"{bits:x4}: {value:R}, not {expected:R}");
        }
    }

    private static List<float> Wide(
        ushort bits,
        Func<Vector256<ushort>, Vector512<float>> of512,
        Func<Vector128<ushort>, Vector256<float>> of256,
        Func<Vector64<ushort>, Vector128<float>> of128
    )
    {
        var results = new List<float>();
        if (Vector512.IsHardwareAccelerated)
        {
            results.Add(of512(Vector256.Create(bits))[11]);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            results.Add(of256(Vector128.Create(bits))[5]);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            results.Add(of128(Vector64.Create(bits))[2]);
        }

        return results;
    }

    private static List<ushort> Narrow(
        float value,
        Func<Vector512<float>, Vector256<ushort>> to512,
        Func<Vector256<float>, Vector128<ushort>> to256,
        Func<Vector128<float>, Vector64<ushort>> to128
    )
    {
        var results = new List<ushort>();
        if (Vector512.IsHardwareAccelerated)
        {
            results.Add(to512(Vector512.Create(value))[11]);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            results.Add(to256(Vector256.Create(value))[5]);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            results.Add(to128(Vector128.Create(value))[2]);
        }

        return results;
    }
}
