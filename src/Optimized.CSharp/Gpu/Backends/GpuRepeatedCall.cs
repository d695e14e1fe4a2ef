using NormCheck.Contract;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// A call whose data stays on the device: that is what is timed. The outputs are copied back by <see cref="Collect"/>.
/// </summary>
internal sealed class GpuRepeatedCall(GpuQueue queue, GpuCall call) : IRepeatableCall
{
    public void Run()
    {
        call.Restore();
        call.Compute();
    }

    public void Collect()
    {
        if (call.Collect() is { Status: not RunStatus.Completed } outcome)
        {
            throw new GpuException(outcome.Message);
        }
    }

    public void Dispose()
    {
        call.Dispose();
        queue.Dispose();
    }
}
