using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Bits<T>(byte* x, in Stretch stretch)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        // Twice the bits have lost the sign; less 1, what is 0 has become the largest.
        var (a, b) = (Vector512.Create(T.MaxValue), Vector512.Create(T.MaxValue));
        var leastOfRest = T.MaxValue;
        var run = (T*)x + stretch.First;
        for (var left = stretch.Runs; left > 0; left--, run += stretch.Distance)
        {
            var count = Vector512<T>.Count;
            var i = 0;
            for (; i <= stretch.Length - (2 * count); i += 2 * count)
            {
                a = Vector512.Min(a, Shifted(run + i));
                b = Vector512.Min(b, Shifted(run + i + count));
            }

            for (; i <= stretch.Length - count; i += count)
            {
                a = Vector512.Min(a, Shifted(run + i));
            }

            for (; i < stretch.Length; i++)
            {
                leastOfRest = T.Min(leastOfRest, run[i] + run[i] - T.One);
            }
        }

        a = Vector512.Min(a, b);
        var half = Vector256.Min(a.GetLower(), a.GetUpper());
        var quarter = Vector128.Min(half.GetLower(), half.GetUpper());
        var lanes = stackalloc T[Vector128<T>.Count];
        quarter.Store(lanes);
        for (var lane = 0; lane < Vector128<T>.Count; lane++)
        {
            leastOfRest = T.Min(leastOfRest, lanes[lane]);
        }

        return (leastOfRest + T.One) >> 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Shifted<T>(T* memory)
        where T : unmanaged, IBinaryInteger<T>
    {
        var bits = Vector512.Load(memory);
        return bits + bits - Vector512<T>.One;
    }
}
