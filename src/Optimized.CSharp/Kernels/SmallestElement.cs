using System.Numerics;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The smallest magnitude that is not 0, of f32 or bf16 elements. It is found on the bits, and in any order.</summary>
internal static unsafe class SmallestElement<TStored>
    where TStored : struct, IStored
{
    /// <returns>∞ where all elements are 0.</returns>
    public static double Of(byte* x, in Stretch stretch)
    {
        var bits =
            TStored.Bytes == sizeof(float)
                ? Bits<uint>(x, stretch)
                : (uint)Bits<ushort>(x, stretch) << 16;
        return bits == 0 ? double.PositiveInfinity : BitConverter.UInt32BitsToSingle(bits);
    }

    /// <summary>The bits of it; 0 where all elements are 0.</summary>
    private static T Bits<T>(byte* x, in Stretch stretch)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        // Twice the bits have lost the sign; less 1, what is 0 has become the largest.
        var least = Vector.Create(T.MaxValue);
        var leastOfRest = T.MaxValue;
        var run = (T*)x + stretch.First;
        for (var left = stretch.Runs; left > 0; left--, run += stretch.Distance)
        {
            var i = 0;
            for (; i <= stretch.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                var bits = Vector.Load(run + i);
                least = Vector.Min(least, bits + bits - Vector<T>.One);
            }

            for (; i < stretch.Length; i++)
            {
                leastOfRest = T.Min(leastOfRest, run[i] + run[i] - T.One);
            }
        }

        for (var lane = 0; lane < Vector<T>.Count; lane++)
        {
            leastOfRest = T.Min(leastOfRest, least[lane]);
        }

        return (leastOfRest + T.One) >> 1;
    }
}
