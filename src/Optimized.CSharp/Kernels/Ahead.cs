using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Where the data lies that is needed soon, as distances in bytes from the data at hand. A chunk is looked at two or three
/// times, and only the first look goes to memory: without this memory would be idle during the others. Two passes can share
/// the fetching, one taking the first half of every turn's cache lines, the other the second. Distance 0 fetches nothing;
/// addresses need not be valid.
/// </summary>
internal readonly record struct Ahead(nint FirstHalf, nint SecondHalf)
{
    private const int Line = 64;

    public static Ahead Nothing => default;

    /// <summary>The whole of it, for a pass that is the only one to fetch.</summary>
    public static Ahead Whole(nint distance) => new(distance, distance);

    public static Ahead First(nint distance) => new(distance, 0);

    public static Ahead Second(nint distance) => new(0, distance);

    /// <summary>Fetches one line into the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void FetchLine(byte* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>Fetches one line into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void FetchLineFar(byte* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }

    /// <summary>Fetches four lines into the first-level cache.</summary>
    /// <param name="apart">Bytes from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void FetchFourLines(byte* address, nint apart)
    {
        FetchLine(address);
        FetchLine(address + apart);
        FetchLine(address + (2 * apart));
        FetchLine(address + (3 * apart));
    }

    /// <summary>Fetches all runs of a stretch into the second-level cache: for runs too short to fetch anything in their loops.</summary>
    public static unsafe void FetchRuns(byte* memory, in Stretch stretch, int elementBytes)
    {
        var at = memory + (stretch.First * elementBytes);
        var bytes = stretch.Length * elementBytes;
        for (var run = 0; run < stretch.Runs; run++, at += stretch.Distance * elementBytes)
        {
            for (nint line = 0; line < bytes; line += Line)
            {
                FetchLineFar(at + line);
            }
        }
    }

    /// <summary>Fetches what four packs of elements take, into the first-level cache: for one stream of data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Fetch(byte* address, int elementBytes)
    {
        if (FirstHalf != 0)
        {
            FetchLines(address + FirstHalf, elementBytes);
        }

        if (SecondHalf != 0)
        {
            FetchLines(address + SecondHalf + (2 * PackSizes.Lanes * elementBytes), elementBytes);
        }
    }

    /// <summary>The same into the second-level cache, where a backward's two streams leave no room in the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void FetchFar(byte* address, int elementBytes)
    {
        if (FirstHalf != 0)
        {
            FetchLinesFar(address + FirstHalf, elementBytes);
        }

        if (SecondHalf != 0)
        {
            FetchLinesFar(
                address + SecondHalf + (2 * PackSizes.Lanes * elementBytes),
                elementBytes
            );
        }
    }

    /// <summary>What two packs take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void FetchLines(byte* address, int elementBytes)
    {
        FetchLine(address);
        if (elementBytes >= sizeof(float))
        {
            FetchLine(address + Line);
        }

        if (elementBytes == sizeof(double))
        {
            FetchLine(address + (2 * Line));
            FetchLine(address + (3 * Line));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void FetchLinesFar(byte* address, int elementBytes)
    {
        FetchLineFar(address);
        if (elementBytes >= sizeof(float))
        {
            FetchLineFar(address + Line);
        }

        if (elementBytes == sizeof(double))
        {
            FetchLineFar(address + (2 * Line));
            FetchLineFar(address + (3 * Line));
        }
    }
}
