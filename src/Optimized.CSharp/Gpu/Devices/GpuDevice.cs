namespace NormCheck.Optimized.Gpu;

/// <summary>A device that kernels can run on.</summary>
public abstract class GpuDevice
{
    /// <summary>Name as its driver gives it.</summary>
    public required string Name { get; init; }

    /// <summary>Platform and version of the driver: compiled programs are kept for as long as it stays the same.</summary>
    public required string Driver { get; init; }

    /// <summary>Whether it computes in binary64, without which there is no tier Faithful.</summary>
    public required bool HasDouble { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of the last cache before memory; 0: unknown.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Memory that the items of a work-group share.</summary>
    public required long LocalBytes { get; init; }

    /// <summary>Null where kernels can run on it, otherwise the reason in one line.</summary>
    public required string? Refuses { get; init; }

    /// <summary>A queue of its own: queues of one device may be used at the same time, each by one thread.</summary>
    /// <exception cref="GpuException">The driver fails.</exception>
    public abstract GpuQueue Open();

    public override string ToString() => $"{Name} ({Driver})";
}
