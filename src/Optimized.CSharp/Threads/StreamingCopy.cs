using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NormCheck.Optimized.Threads;

/// <summary>Copies out of a small buffer past the caches: the destination is not read first, as an ordinary store would.</summary>
internal static unsafe class StreamingCopy
{
    private const int Line = 64;

    public static bool IsSupported => Vector256.IsHardwareAccelerated && Sse.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(byte* from, byte* to, nint bytes)
    {
        var head = (nint)((Line - ((nuint)to % Line)) % Line);
        if (head >= bytes)
        {
            Buffer.MemoryCopy(from, to, bytes, bytes);
            return;
        }

        // Lines that are shared with a neighbour are written as usual, or half a line would go to memory twice.
        Buffer.MemoryCopy(from, to, head, head);
        var end = bytes - ((bytes - head) % Line);
        if (Vector512.IsHardwareAccelerated)
        {
            for (var i = head; i < end; i += Line)
            {
                Vector512.Load(from + i).StoreAlignedNonTemporal(to + i);
            }
        }
        else
        {
            for (var i = head; i < end; i += Line)
            {
                Vector256.Load(from + i).StoreAlignedNonTemporal(to + i);
                Vector256.Load(from + i + 32).StoreAlignedNonTemporal(to + i + 32);
            }
        }

        Buffer.MemoryCopy(from + end, to + end, bytes - end, bytes - end);
    }

    /// <summary>Makes what was streamed visible to other threads.</summary>
    public static void Finish()
    {
        if (Sse.IsSupported)
        {
            Sse.StoreFence();
        }
    }
}
