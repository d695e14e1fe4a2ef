using System.Runtime.InteropServices;
using System.Text;

namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>
/// The functions of the CUDA driver that are needed (CUDA driver API reference; names with their versions, as the library
/// exports them).
/// </summary>
internal sealed unsafe class CudaApi
{
    private static readonly string[] s_files = ["libcuda.so.1", "nvcuda.dll"];

    private static readonly Lazy<CudaApi?> s_loaded = new(Load);

    private readonly delegate* unmanaged<int, byte**, int> _getErrorName;

    private CudaApi(nint library)
    {
        Init = (delegate* unmanaged<uint, int>)Export("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, int>)Export("cuDriverGetVersion");
        DeviceGetCount = (delegate* unmanaged<int*, int>)Export("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, int>)Export("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName");
        DeviceTotalMem = (delegate* unmanaged<nuint*, int, int>)Export("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)Export(
            "cuDeviceGetAttribute"
        );
        DevicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, int>)Export(
            "cuDevicePrimaryCtxRetain"
        );
        CtxSetCurrent = (delegate* unmanaged<nint, int>)Export("cuCtxSetCurrent");
        StreamCreate = (delegate* unmanaged<nint*, uint, int>)Export("cuStreamCreate");
        StreamDestroy = (delegate* unmanaged<nint, int>)Export("cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, int>)Export("cuStreamSynchronize");
        MemAlloc = (delegate* unmanaged<nint*, nuint, int>)Export("cuMemAlloc_v2");
        MemFree = (delegate* unmanaged<nint, int>)Export("cuMemFree_v2");
        MemcpyHtoDAsync = (delegate* unmanaged<nint, void*, nuint, nint, int>)Export(
            "cuMemcpyHtoDAsync_v2"
        );
        MemcpyDtoHAsync = (delegate* unmanaged<void*, nint, nuint, nint, int>)Export(
            "cuMemcpyDtoHAsync_v2"
        );
        MemcpyDtoDAsync = (delegate* unmanaged<nint, nint, nuint, nint, int>)Export(
            "cuMemcpyDtoDAsync_v2"
        );
        ModuleLoadData = (delegate* unmanaged<nint*, void*, int>)Export("cuModuleLoadData");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Export(
            "cuModuleGetFunction"
        );
        LaunchKernel = (delegate* unmanaged<
            nint,
            uint,
            uint,
            uint,
            uint,
            uint,
            uint,
            uint,
            nint,
            void**,
            void**,
            int>)Export("cuLaunchKernel");
        EventCreate = (delegate* unmanaged<nint*, uint, int>)Export("cuEventCreate");
        EventRecord = (delegate* unmanaged<nint, nint, int>)Export("cuEventRecord");
        EventSynchronize = (delegate* unmanaged<nint, int>)Export("cuEventSynchronize");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)Export(
            "cuEventElapsedTime"
        );
        EventDestroy = (delegate* unmanaged<nint, int>)Export("cuEventDestroy_v2");
        _getErrorName = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorName");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Null where there is no driver on this machine.</summary>
    public static CudaApi? Loaded => s_loaded.Value;

    public readonly delegate* unmanaged<uint, int> Init;
    public readonly delegate* unmanaged<int*, int> DriverGetVersion;
    public readonly delegate* unmanaged<int*, int> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, int> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetName;
    public readonly delegate* unmanaged<nuint*, int, int> DeviceTotalMem;
    public readonly delegate* unmanaged<int*, int, int, int> DeviceGetAttribute;
    public readonly delegate* unmanaged<nint*, int, int> DevicePrimaryCtxRetain;
    public readonly delegate* unmanaged<nint, int> CtxSetCurrent;
    public readonly delegate* unmanaged<nint*, uint, int> StreamCreate;
    public readonly delegate* unmanaged<nint, int> StreamDestroy;
    public readonly delegate* unmanaged<nint, int> StreamSynchronize;
    public readonly delegate* unmanaged<nint*, nuint, int> MemAlloc;
    public readonly delegate* unmanaged<nint, int> MemFree;
    public readonly delegate* unmanaged<nint, void*, nuint, nint, int> MemcpyHtoDAsync;
    public readonly delegate* unmanaged<void*, nint, nuint, nint, int> MemcpyDtoHAsync;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, int> MemcpyDtoDAsync;
    public readonly delegate* unmanaged<nint*, void*, int> ModuleLoadData;
    public readonly delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction;
    public readonly delegate* unmanaged<
        nint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        nint,
        void**,
        void**,
        int> LaunchKernel;
    public readonly delegate* unmanaged<nint*, uint, int> EventCreate;
    public readonly delegate* unmanaged<nint, nint, int> EventRecord;
    public readonly delegate* unmanaged<nint, int> EventSynchronize;
    public readonly delegate* unmanaged<float*, nint, nint, int> EventElapsedTime;
    public readonly delegate* unmanaged<nint, int> EventDestroy;

    /// <exception cref="GpuException">The code is not 0.</exception>
    public void Check(int code, string call)
    {
        if (code != 0)
        {
            throw new GpuException($"{call}: {NameOf(code)}");
        }
    }

    public string NameOf(int code)
    {
        byte* name;
        return _getErrorName(code, &name) == 0
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : $"error {code}";
    }

    private static CudaApi? Load()
    {
        foreach (var file in s_files)
        {
            if (NativeLibrary.TryLoad(file, out var library))
            {
                return new(library);
            }
        }

        return null;
    }
}
