namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>Device memory by address, or a part of some.</summary>
internal sealed unsafe class CudaBuffer(CudaDevice device, nint address, long bytes, bool isOwner)
    : GpuBuffer(bytes)
{
    private nint _address = address;

    internal override nint Handle => _address;

    public override void Dispose()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (isOwner && address != 0)
        {
            device.Enter();
            device.Api.MemFree(address);
        }
    }
}
