using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>An NVIDIA GPU, its primary context and the modules compiled for it. It lives as long as the process.</summary>
internal sealed unsafe class CudaDevice : GpuDevice
{
    private const int SharedMemory = 8;
    private const int CacheSize = 38;
    private const int CapabilityMajor = 75;
    private const int CapabilityMinor = 76;

    private readonly ConcurrentDictionary<KernelVariant, Lazy<nint>> _modules = new();
    private readonly Lazy<nint> _context;
    private readonly int _capability;

    private CudaDevice(CudaApi api, int handle, int capability)
    {
        Api = api;
        _capability = capability;
        _context = new(() =>
        {
            nint context;
            api.Check(api.DevicePrimaryCtxRetain(&context, handle), "cuDevicePrimaryCtxRetain");
            return context;
        });
    }

    public CudaApi Api { get; }

    /// <exception cref="GpuMissingException">There is no driver, or no GPU.</exception>
    public static IReadOnlyList<GpuDevice> All()
    {
        if (CudaApi.Loaded is not { } api)
        {
            throw new GpuMissingException(
                "no CUDA driver: expected libcuda.so.1, which comes with the driver of an NVIDIA GPU"
            );
        }

        int count;
        if (api.Init(0) is var code and not 0)
        {
            throw new GpuMissingException(
                $"the CUDA driver finds no GPU: cuInit: {api.NameOf(code)}"
            );
        }

        api.Check(api.DeviceGetCount(&count), "cuDeviceGetCount");
        return count > 0
            ? [.. Enumerable.Range(0, count).Select(i => Describe(api, i))]
            : throw new GpuMissingException("the CUDA driver finds no GPU");
    }

    public override GpuQueue Open() => new CudaQueue(this);

    /// <summary>A context belongs to a thread: to be called before anything else on it.</summary>
    public void Enter() => Api.Check(Api.CtxSetCurrent(_context.Value), "cuCtxSetCurrent");

    /// <summary>The module of a variant, built once in a process.</summary>
    public nint Module(KernelVariant variant) =>
        _modules.GetOrAdd(variant, each => new(() => Build(each))).Value;

    private static CudaDevice Describe(CudaApi api, int index)
    {
        int device,
            driver;
        api.Check(api.DeviceGet(&device, index), "cuDeviceGet");
        api.Check(api.DriverGetVersion(&driver), "cuDriverGetVersion");
        var name = stackalloc byte[256];
        api.Check(api.DeviceGetName(name, 256, device), "cuDeviceGetName");
        nuint bytes;
        api.Check(api.DeviceTotalMem(&bytes, device), "cuDeviceTotalMem");
        var capability =
            (10 * Attribute(api, device, CapabilityMajor))
            + Attribute(api, device, CapabilityMinor);
        return new(api, device, capability)
        {
            Name = Encoding.UTF8.GetString(
                MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)
            ),
            Driver =
                $"CUDA {driver / 1000}.{driver % 1000 / 10}, compute capability {capability / 10}.{capability % 10}, NVRTC {NvrtcApi.Loaded?.Version ?? "missing"}",
            HasDouble = true,
            MemoryBytes = (long)bytes,
            CacheBytes = Attribute(api, device, CacheSize),
            LocalBytes = Attribute(api, device, SharedMemory),
            Refuses =
                NvrtcApi.Loaded is not { } compiler
                    ? $"no NVRTC: expected libnvrtc.so.12 (of the CUDA toolkit, or pip install nvidia-cuda-nvrtc-cu12), or its path in {NvrtcApi.Variable}"
                : compiler.Architecture(capability) == 0
                    ? $"NVRTC {compiler.Version} knows no architecture that it can run"
                : null,
        };
    }

    private static int Attribute(CudaApi api, int device, int attribute)
    {
        int value;
        api.Check(api.DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    private nint Build(KernelVariant variant)
    {
        var compiler = NvrtcApi.Loaded!;
        var source = variant.Source();

        // What the source does not fuse stays two operations; division, root and small numbers as IEEE 754 has them.
        string[] options =
        [
            $"--gpu-architecture=compute_{compiler.Architecture(_capability)}",
            "--fmad=false",
            "--prec-div=true",
            "--prec-sqrt=true",
            "--ftz=false",
        ];
        var key = $"CUDA\n{Name}\n{Driver}\n{string.Join(' ', options)}\n{source}";
        if (ProgramCache.Find(key) is { } kept)
        {
            if (Load(kept, out var module) == 0)
            {
                return module;
            }

            ProgramCache.Drop(key);
        }

        var ptx = compiler.Compile(source, options);
        Api.Check(Load(ptx, out var built), "cuModuleLoadData");
        ProgramCache.Keep(key, ptx);
        return built;
    }

    private int Load(byte[] ptx, out nint module)
    {
        Enter();
        nint loaded;
        int code;
        fixed (byte* text = ptx)
        {
            code = Api.ModuleLoadData(&loaded, text);
        }

        module = loaded;
        return code;
    }
}
