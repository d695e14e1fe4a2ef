namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>A memory object, or a part of one.</summary>
internal sealed unsafe class OpenClBuffer(OpenClApi api, nint handle, long bytes) : GpuBuffer(bytes)
{
    private nint _handle = handle;

    internal override nint Handle => _handle;

    public override void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            api.ReleaseMemObject(handle);
        }
    }
}
