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
            var i = head;
            for (; i + (4 * Line) <= end; i += 4 * Line)
            {
                var a = Vector512.Load(from + i);
                var b = Vector512.Load(from + i + Line);
                var c = Vector512.Load(from + i + (2 * Line));
                var d = Vector512.Load(from + i + (3 * Line));
                a.StoreAlignedNonTemporal(to + i);
                b.StoreAlignedNonTemporal(to + i + Line);
                c.StoreAlignedNonTemporal(to + i + (2 * Line));
                d.StoreAlignedNonTemporal(to + i + (3 * Line));
            }

            for (; i < end; i += Line)
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

    /// <summary>Rows that follow each other in the buffer and lie apart where they go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRows(byte* from, byte* to, nint distance, nint bytes, int rows)
    {
        if (
            !Vector512.IsHardwareAccelerated
            || (((nuint)to | (nuint)distance | (nuint)bytes) % Line) != 0
        )
        {
            for (var row = 0; row < rows; row++)
            {
                Copy(from + (row * bytes), to + (row * distance), bytes);
            }

            return;
        }

        for (var row = 0; row < rows; row++, to += distance, from += bytes)
        {
            for (nint i = 0; i < bytes; i += Line)
            {
                Vector512.Load(from + i).StoreAlignedNonTemporal(to + i);
            }
        }
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
