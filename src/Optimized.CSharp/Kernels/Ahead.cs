using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Where the data lies that is needed soon, as distances in bytes from the data at hand. A chunk is looked at two or three
/// times, and only the first look goes to memory: without this memory would be idle during the others. Two passes can share
/// the fetching, one taking the first half of every turn's cache lines, the other the second. Distance 0 fetches what is
/// there already; addresses need not be valid.
/// </summary>
internal readonly record struct Ahead(nint FirstHalf, nint SecondHalf)
{
    private const int Line = 64;

    public static Ahead Nothing => default;

    /// <summary>The whole of it, for a pass that is the only one to fetch.</summary>
    public static Ahead Whole(nint distance) => new(distance, distance);

    public static Ahead First(nint distance) => new(distance, 0);

    public static Ahead Second(nint distance) => new(0, distance);

    /// <summary>Fetches, into the second-level cache, what four packs of elements take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Fetch(byte* address, int elementBytes)
    {
        if (Sse.IsSupported)
        {
            FetchHalf(address + FirstHalf, elementBytes);
            FetchHalf(address + SecondHalf + (2 * PackSizes.Lanes * elementBytes), elementBytes);
        }
    }

    /// <summary>One, two or four lines, without a loop: the compiler would leave it one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void FetchHalf(byte* address, int elementBytes)
    {
        Sse.Prefetch1(address);
        if (elementBytes >= sizeof(float))
        {
            Sse.Prefetch1(address + Line);
        }

        if (elementBytes == sizeof(double))
        {
            Sse.Prefetch1(address + (2 * Line));
            Sse.Prefetch1(address + (3 * Line));
        }
    }
}
