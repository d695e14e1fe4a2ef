using System.Runtime.InteropServices;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// Commands that a device does one after the other. What is enqueued runs at once or later; <see cref="Finish"/> waits.
/// </summary>
public abstract class GpuQueue : IDisposable
{
    public abstract GpuDevice Device { get; }

    /// <summary>Memory whose content is not defined.</summary>
    public abstract GpuBuffer Allocate(long bytes);

    /// <summary>
    /// The same between two margins of <paramref name="margin"/> bytes, as the buffer <paramref name="whole"/>: nobody may write
    /// to them, and a checker can look.
    /// </summary>
    public abstract GpuBuffer AllocateInside(long bytes, long margin, out GpuBuffer whole);

    /// <summary>A margin that a device can have before a buffer.</summary>
    public abstract long Margin { get; }

    public abstract void Write(GpuBuffer to, ReadOnlySpan<byte> from);

    /// <summary>Waits for everything before it.</summary>
    public abstract void Read(GpuBuffer from, Span<byte> to);

    public abstract void Copy(GpuBuffer from, GpuBuffer to);

    public abstract void Finish();

    /// <summary>A mark in the queue that knows when it was passed.</summary>
    public abstract GpuMark Mark();

    public void Write<T>(GpuBuffer to, ReadOnlySpan<T> from)
        where T : unmanaged => Write(to, MemoryMarshal.AsBytes(from));

    public void Read<T>(GpuBuffer from, Span<T> to)
        where T : unmanaged => Read(from, MemoryMarshal.AsBytes(to));

    public abstract void Dispose();

    /// <summary>The kernels for an element type and a tier, compiled for this device.</summary>
    internal abstract GpuKernels Kernels(KernelVariant variant);
}

/// <summary>A point in a queue.</summary>
public abstract class GpuMark : IDisposable
{
    /// <summary>Seconds from another mark of the same queue; waits until both are passed.</summary>
    public abstract double SecondsSince(GpuMark earlier);

    public abstract void Dispose();
}

/// <summary>The kernels of one program.</summary>
internal abstract class GpuKernels
{
    /// <param name="groups">Number of work-groups.</param>
    /// <param name="items">Work-items of each, as the source says.</param>
    /// <param name="arguments">Handles of buffers; 0: none.</param>
    public abstract void Launch(string name, long groups, int items, ReadOnlySpan<nint> arguments);
}
