namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>An event of a stream.</summary>
internal sealed unsafe class CudaMark(CudaDevice device, nint handle) : GpuMark
{
    private const double SecondsOfTick = 1e-3;

    private nint Handle => handle;

    public override double SecondsSince(GpuMark earlier)
    {
        device.Enter();
        device.Api.Check(device.Api.EventSynchronize(handle), "cuEventSynchronize");
        float milliseconds;
        device.Api.Check(
            device.Api.EventElapsedTime(&milliseconds, ((CudaMark)earlier).Handle, handle),
            "cuEventElapsedTime"
        );
        return milliseconds * SecondsOfTick;
    }

    public override void Dispose()
    {
        device.Enter();
        device.Api.EventDestroy(handle);
    }
}
