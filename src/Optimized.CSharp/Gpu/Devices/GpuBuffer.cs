namespace NormCheck.Optimized.Gpu;

/// <summary>Memory of a device. It belongs to the queue that allocated it.</summary>
public abstract class GpuBuffer(long bytes) : IDisposable
{
    public long Bytes { get; } = bytes;

    /// <summary>What kernels are given: a memory object, or an address.</summary>
    internal abstract nint Handle { get; }

    public abstract void Dispose();
}
