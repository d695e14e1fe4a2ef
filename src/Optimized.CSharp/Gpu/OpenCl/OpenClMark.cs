namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>The event of a marker: its end is when everything before it in the queue was done.</summary>
internal sealed unsafe class OpenClMark(OpenClApi api, nint handle) : GpuMark
{
    private const uint ProfilingEnd = 0x1283;
    private const double SecondsOfTick = 1e-9;

    public override double SecondsSince(GpuMark earlier) =>
        (Passed() - ((OpenClMark)earlier).Passed()) * SecondsOfTick;

    public override void Dispose() => api.ReleaseEvent(handle);

    private long Passed()
    {
        var own = handle;
        OpenClError.Check(api.WaitForEvents(1, &own), "clWaitForEvents");
        ulong time;
        OpenClError.Check(
            api.GetEventProfilingInfo(handle, ProfilingEnd, sizeof(ulong), &time, null),
            "clGetEventProfilingInfo"
        );
        return (long)time;
    }
}
