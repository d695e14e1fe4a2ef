using System.Runtime.InteropServices;
using System.Text;

namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>
/// The functions of OpenCL 1.2 that are needed, out of the loader that every driver brings along
/// (Khronos OpenCL 1.2 specification, section 5; handles are opaque pointers).
/// </summary>
internal sealed unsafe class OpenClApi
{
    private static readonly string[] s_files = ["libOpenCL.so.1", "OpenCL.dll", "OpenCL"];

    private static readonly Lazy<OpenClApi?> s_loaded = new(Load);

    private OpenClApi(nint library)
    {
        GetPlatformIDs = (delegate* unmanaged<uint, nint*, uint*, int>)Export("clGetPlatformIDs");
        GetPlatformInfo = (delegate* unmanaged<nint, uint, nuint, void*, nuint*, int>)Export(
            "clGetPlatformInfo"
        );
        GetDeviceIDs = (delegate* unmanaged<nint, ulong, uint, nint*, uint*, int>)Export(
            "clGetDeviceIDs"
        );
        GetDeviceInfo = (delegate* unmanaged<nint, uint, nuint, void*, nuint*, int>)Export(
            "clGetDeviceInfo"
        );
        CreateContext = (delegate* unmanaged<nint*, uint, nint*, nint, nint, int*, nint>)Export(
            "clCreateContext"
        );
        CreateCommandQueue = (delegate* unmanaged<nint, nint, ulong, int*, nint>)Export(
            "clCreateCommandQueue"
        );
        ReleaseCommandQueue = (delegate* unmanaged<nint, int>)Export("clReleaseCommandQueue");
        CreateProgramWithSource = (delegate* unmanaged<
            nint,
            uint,
            byte**,
            nuint*,
            int*,
            nint>)Export("clCreateProgramWithSource");
        CreateProgramWithBinary = (delegate* unmanaged<
            nint,
            uint,
            nint*,
            nuint*,
            byte**,
            int*,
            int*,
            nint>)Export("clCreateProgramWithBinary");
        BuildProgram = (delegate* unmanaged<nint, uint, nint*, byte*, nint, nint, int>)Export(
            "clBuildProgram"
        );
        GetProgramBuildInfo = (delegate* unmanaged<
            nint,
            nint,
            uint,
            nuint,
            void*,
            nuint*,
            int>)Export("clGetProgramBuildInfo");
        GetProgramInfo = (delegate* unmanaged<nint, uint, nuint, void*, nuint*, int>)Export(
            "clGetProgramInfo"
        );
        ReleaseProgram = (delegate* unmanaged<nint, int>)Export("clReleaseProgram");
        CreateKernel = (delegate* unmanaged<nint, byte*, int*, nint>)Export("clCreateKernel");
        ReleaseKernel = (delegate* unmanaged<nint, int>)Export("clReleaseKernel");
        SetKernelArg = (delegate* unmanaged<nint, uint, nuint, void*, int>)Export("clSetKernelArg");
        EnqueueNDRangeKernel = (delegate* unmanaged<
            nint,
            nint,
            uint,
            nuint*,
            nuint*,
            nuint*,
            uint,
            nint*,
            nint*,
            int>)Export("clEnqueueNDRangeKernel");
        CreateBuffer = (delegate* unmanaged<nint, ulong, nuint, void*, int*, nint>)Export(
            "clCreateBuffer"
        );
        CreateSubBuffer = (delegate* unmanaged<nint, ulong, uint, void*, int*, nint>)Export(
            "clCreateSubBuffer"
        );
        ReleaseMemObject = (delegate* unmanaged<nint, int>)Export("clReleaseMemObject");
        EnqueueReadBuffer = (delegate* unmanaged<
            nint,
            nint,
            uint,
            nuint,
            nuint,
            void*,
            uint,
            nint*,
            nint*,
            int>)Export("clEnqueueReadBuffer");
        EnqueueWriteBuffer = (delegate* unmanaged<
            nint,
            nint,
            uint,
            nuint,
            nuint,
            void*,
            uint,
            nint*,
            nint*,
            int>)Export("clEnqueueWriteBuffer");
        EnqueueCopyBuffer = (delegate* unmanaged<
            nint,
            nint,
            nint,
            nuint,
            nuint,
            nuint,
            uint,
            nint*,
            nint*,
            int>)Export("clEnqueueCopyBuffer");
        EnqueueMarker = (delegate* unmanaged<nint, uint, nint*, nint*, int>)Export(
            "clEnqueueMarkerWithWaitList"
        );
        WaitForEvents = (delegate* unmanaged<uint, nint*, int>)Export("clWaitForEvents");
        GetEventProfilingInfo = (delegate* unmanaged<nint, uint, nuint, void*, nuint*, int>)Export(
            "clGetEventProfilingInfo"
        );
        ReleaseEvent = (delegate* unmanaged<nint, int>)Export("clReleaseEvent");
        Finish = (delegate* unmanaged<nint, int>)Export("clFinish");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Null where there is no loader on this machine.</summary>
    public static OpenClApi? Loaded => s_loaded.Value;

    public readonly delegate* unmanaged<uint, nint*, uint*, int> GetPlatformIDs;
    public readonly delegate* unmanaged<nint, uint, nuint, void*, nuint*, int> GetPlatformInfo;
    public readonly delegate* unmanaged<nint, ulong, uint, nint*, uint*, int> GetDeviceIDs;
    public readonly delegate* unmanaged<nint, uint, nuint, void*, nuint*, int> GetDeviceInfo;
    public readonly delegate* unmanaged<nint*, uint, nint*, nint, nint, int*, nint> CreateContext;
    public readonly delegate* unmanaged<nint, nint, ulong, int*, nint> CreateCommandQueue;
    public readonly delegate* unmanaged<nint, int> ReleaseCommandQueue;
    public readonly delegate* unmanaged<
        nint,
        uint,
        byte**,
        nuint*,
        int*,
        nint> CreateProgramWithSource;
    public readonly delegate* unmanaged<
        nint,
        uint,
        nint*,
        nuint*,
        byte**,
        int*,
        int*,
        nint> CreateProgramWithBinary;
    public readonly delegate* unmanaged<nint, uint, nint*, byte*, nint, nint, int> BuildProgram;
    public readonly delegate* unmanaged<
        nint,
        nint,
        uint,
        nuint,
        void*,
        nuint*,
        int> GetProgramBuildInfo;
    public readonly delegate* unmanaged<nint, uint, nuint, void*, nuint*, int> GetProgramInfo;
    public readonly delegate* unmanaged<nint, int> ReleaseProgram;
    public readonly delegate* unmanaged<nint, byte*, int*, nint> CreateKernel;
    public readonly delegate* unmanaged<nint, int> ReleaseKernel;
    public readonly delegate* unmanaged<nint, uint, nuint, void*, int> SetKernelArg;
    public readonly delegate* unmanaged<
        nint,
        nint,
        uint,
        nuint*,
        nuint*,
        nuint*,
        uint,
        nint*,
        nint*,
        int> EnqueueNDRangeKernel;
    public readonly delegate* unmanaged<nint, ulong, nuint, void*, int*, nint> CreateBuffer;
    public readonly delegate* unmanaged<nint, ulong, uint, void*, int*, nint> CreateSubBuffer;
    public readonly delegate* unmanaged<nint, int> ReleaseMemObject;
    public readonly delegate* unmanaged<
        nint,
        nint,
        uint,
        nuint,
        nuint,
        void*,
        uint,
        nint*,
        nint*,
        int> EnqueueReadBuffer;
    public readonly delegate* unmanaged<
        nint,
        nint,
        uint,
        nuint,
        nuint,
        void*,
        uint,
        nint*,
        nint*,
        int> EnqueueWriteBuffer;
    public readonly delegate* unmanaged<
        nint,
        nint,
        nint,
        nuint,
        nuint,
        nuint,
        uint,
        nint*,
        nint*,
        int> EnqueueCopyBuffer;
    public readonly delegate* unmanaged<nint, uint, nint*, nint*, int> EnqueueMarker;
    public readonly delegate* unmanaged<uint, nint*, int> WaitForEvents;
    public readonly delegate* unmanaged<
        nint,
        uint,
        nuint,
        void*,
        nuint*,
        int> GetEventProfilingInfo;
    public readonly delegate* unmanaged<nint, int> ReleaseEvent;
    public readonly delegate* unmanaged<nint, int> Finish;

    public string PlatformText(nint platform, uint what) => Text(GetPlatformInfo, platform, what);

    public string DeviceText(nint device, uint what) => Text(GetDeviceInfo, device, what);

    /// <summary>A number of a device, whatever its width; 0 where the driver does not know the question.</summary>
    public ulong DeviceNumber(nint device, uint what)
    {
        ulong value = 0;
        return GetDeviceInfo(device, what, sizeof(ulong), &value, null) == 0 ? value : 0;
    }

    private static string Text(
        delegate* unmanaged<nint, uint, nuint, void*, nuint*, int> ask,
        nint of,
        uint what
    )
    {
        nuint size;
        if (ask(of, what, 0, null, &size) != 0 || size == 0)
        {
            return "";
        }

        var bytes = new byte[size];
        fixed (byte* to = bytes)
        {
            return ask(of, what, size, to, null) == 0
                ? Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim()
                : "";
        }
    }

    private static OpenClApi? Load()
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
