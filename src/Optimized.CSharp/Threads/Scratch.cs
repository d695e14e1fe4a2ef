using System.Runtime.InteropServices;

namespace NormCheck.Optimized.Threads;

/// <summary>Memory outside the garbage collector's reach, aligned to cache lines and zeroed.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const int Alignment = 64;

    public Scratch(nint bytes)
    {
        var size = (nuint)((Math.Max(bytes, 1) + Alignment - 1) / Alignment * Alignment);
        Memory = (byte*)NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(Memory, size);
        Bytes = (nint)size;
        GC.AddMemoryPressure(Bytes);
    }

    ~Scratch() => Release();

    public byte* Memory { get; private set; }

    public nint Bytes { get; }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Memory is not null)
        {
            NativeMemory.AlignedFree(Memory);
            GC.RemoveMemoryPressure(Bytes);
            Memory = null;
        }
    }
}
