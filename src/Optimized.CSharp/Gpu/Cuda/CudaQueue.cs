namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>A stream.</summary>
internal sealed unsafe class CudaQueue : GpuQueue
{
    /// <summary>CU_STREAM_NON_BLOCKING: it does not wait for the default stream.</summary>
    private const uint NonBlocking = 1;

    private readonly CudaDevice _device;
    private readonly CudaApi _api;
    private readonly nint _stream;
    private readonly Dictionary<KernelVariant, CudaKernels> _kernels = [];

    public CudaQueue(CudaDevice device)
    {
        _device = device;
        _api = device.Api;
        device.Enter();
        nint stream;
        _api.Check(_api.StreamCreate(&stream, NonBlocking), "cuStreamCreate");
        _stream = stream;
    }

    public override GpuDevice Device => _device;

    public override long Margin => 256;

    public override GpuBuffer Allocate(long bytes)
    {
        _device.Enter();
        nint address;
        _api.Check(_api.MemAlloc(&address, (nuint)bytes), $"cuMemAlloc of {bytes} bytes");
        return new CudaBuffer(_device, address, bytes, isOwner: true);
    }

    public override GpuBuffer AllocateInside(long bytes, long margin, out GpuBuffer whole)
    {
        whole = Allocate(bytes + (2 * margin));
        return new CudaBuffer(_device, whole.Handle + (nint)margin, bytes, isOwner: false);
    }

    public override void Write(GpuBuffer to, ReadOnlySpan<byte> from)
    {
        _device.Enter();
        fixed (byte* first = from)
        {
            _api.Check(
                _api.MemcpyHtoDAsync(to.Handle, first, (nuint)from.Length, _stream),
                "cuMemcpyHtoDAsync"
            );

            // The caller may change its memory after this.
            Finish();
        }
    }

    public override void Read(GpuBuffer from, Span<byte> to)
    {
        _device.Enter();
        fixed (byte* first = to)
        {
            _api.Check(
                _api.MemcpyDtoHAsync(first, from.Handle, (nuint)to.Length, _stream),
                "cuMemcpyDtoHAsync"
            );
            Finish();
        }
    }

    public override void Copy(GpuBuffer from, GpuBuffer to)
    {
        _device.Enter();
        _api.Check(
            _api.MemcpyDtoDAsync(to.Handle, from.Handle, (nuint)from.Bytes, _stream),
            "cuMemcpyDtoDAsync"
        );
    }

    public override void Finish()
    {
        _device.Enter();
        _api.Check(_api.StreamSynchronize(_stream), "cuStreamSynchronize");
    }

    public override GpuMark Mark()
    {
        _device.Enter();
        nint mark;
        _api.Check(_api.EventCreate(&mark, 0), "cuEventCreate");
        _api.Check(_api.EventRecord(mark, _stream), "cuEventRecord");
        return new CudaMark(_device, mark);
    }

    public override void Dispose()
    {
        _device.Enter();
        _api.StreamDestroy(_stream);
    }

    internal override GpuKernels Kernels(KernelVariant variant)
    {
        if (!_kernels.TryGetValue(variant, out var kernels))
        {
            kernels = new(_device, _stream, _device.Module(variant));
            _kernels.Add(variant, kernels);
        }

        return kernels;
    }
}
