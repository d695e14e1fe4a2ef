namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>A command queue in order, with kernels of its own: the arguments of a kernel object belong to one thread.</summary>
internal sealed unsafe class OpenClQueue : GpuQueue
{
    private const ulong ProfilingEnabled = 2;
    private const ulong ReadWrite = 1;
    private const uint Region = 0x1220;
    private const uint Blocking = 1;

    private readonly OpenClDevice _device;
    private readonly OpenClApi _api;
    private readonly nint _queue;
    private readonly Dictionary<KernelVariant, OpenClKernels> _kernels = [];

    public OpenClQueue(OpenClDevice device)
    {
        _device = device;
        _api = device.Api;
        int code;
        _queue = _api.CreateCommandQueue(device.Context, device.Handle, ProfilingEnabled, &code);
        OpenClError.Check(code, "clCreateCommandQueue");
    }

    public override GpuDevice Device => _device;

    public override long Margin => Math.Max(256, _device.Alignment);

    public override GpuBuffer Allocate(long bytes) => Create(bytes);

    public override GpuBuffer AllocateInside(long bytes, long margin, out GpuBuffer whole)
    {
        var all = Create(bytes + (2 * margin));
        whole = all;
        var region = stackalloc nuint[2];
        region[0] = (nuint)margin;
        region[1] = (nuint)bytes;
        int code;
        var part = _api.CreateSubBuffer(all.Handle, ReadWrite, Region, region, &code);
        OpenClError.Check(code, "clCreateSubBuffer");
        return new OpenClBuffer(_api, part, bytes);
    }

    public override void Write(GpuBuffer to, ReadOnlySpan<byte> from)
    {
        fixed (byte* first = from)
        {
            OpenClError.Check(
                _api.EnqueueWriteBuffer(
                    _queue,
                    to.Handle,
                    Blocking,
                    0,
                    (nuint)from.Length,
                    first,
                    0,
                    null,
                    null
                ),
                "clEnqueueWriteBuffer"
            );
        }
    }

    public override void Read(GpuBuffer from, Span<byte> to)
    {
        fixed (byte* first = to)
        {
            OpenClError.Check(
                _api.EnqueueReadBuffer(
                    _queue,
                    from.Handle,
                    Blocking,
                    0,
                    (nuint)to.Length,
                    first,
                    0,
                    null,
                    null
                ),
                "clEnqueueReadBuffer"
            );
        }
    }

    public override void Copy(GpuBuffer from, GpuBuffer to) =>
        OpenClError.Check(
            _api.EnqueueCopyBuffer(
                _queue,
                from.Handle,
                to.Handle,
                0,
                0,
                (nuint)from.Bytes,
                0,
                null,
                null
            ),
            "clEnqueueCopyBuffer"
        );

    public override void Finish() => OpenClError.Check(_api.Finish(_queue), "clFinish");

    public override GpuMark Mark()
    {
        nint mark;
        OpenClError.Check(
            _api.EnqueueMarker(_queue, 0, null, &mark),
            "clEnqueueMarkerWithWaitList"
        );
        return new OpenClMark(_api, mark);
    }

    public override void Dispose()
    {
        foreach (var kernels in _kernels.Values)
        {
            kernels.Dispose();
        }

        _kernels.Clear();
        _api.ReleaseCommandQueue(_queue);
    }

    internal override GpuKernels Kernels(KernelVariant variant)
    {
        if (!_kernels.TryGetValue(variant, out var kernels))
        {
            kernels = new(_api, _queue, _device.Program(variant));
            _kernels.Add(variant, kernels);
        }

        return kernels;
    }

    private OpenClBuffer Create(long bytes)
    {
        int code;
        var handle = _api.CreateBuffer(_device.Context, ReadWrite, (nuint)bytes, null, &code);
        OpenClError.Check(code, $"clCreateBuffer of {bytes} bytes");
        return new(_api, handle, bytes);
    }
}
