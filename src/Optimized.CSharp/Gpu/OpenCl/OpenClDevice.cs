using System.Collections.Concurrent;
using System.Text;

namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>A device of an OpenCL platform, its context and the programs compiled for it. It lives as long as the process.</summary>
internal sealed unsafe class OpenClDevice : GpuDevice
{
    private const ulong AllDevices = 0xffffffff;
    private const uint PlatformName = 0x0902;
    private const uint PlatformVersion = 0x0901;
    private const uint MaxWorkGroup = 0x1004;
    private const uint BaseAlignmentBits = 0x1019;
    private const uint SingleConfiguration = 0x101b;
    private const uint GlobalCacheSize = 0x101e;
    private const uint GlobalSize = 0x101f;
    private const uint LocalSize = 0x1023;
    private const uint IsAvailable = 0x1027;
    private const uint HasCompiler = 0x1028;
    private const uint DeviceName = 0x102b;
    private const uint DriverVersion = 0x102d;
    private const uint DoubleConfiguration = 0x1032;
    private const ulong CorrectlyRounded = 1 << 7;
    private const int BuildFailed = -11;
    private const uint BuildLog = 0x1183;
    private const uint BinarySizes = 0x1165;
    private const uint Binaries = 0x1166;

    /// <summary>Items of the largest work-group that kernels use.</summary>
    private const ulong LargestTeam = 256;
    private const long SmallestLocal = 40 * 1024;

    private readonly ConcurrentDictionary<KernelVariant, Lazy<nint>> _programs = new();
    private readonly Lazy<nint> _context;
    private readonly string _platformVersion;

    private OpenClDevice(OpenClApi api, nint handle, string platformVersion)
    {
        _platformVersion = platformVersion;
        Api = api;
        Handle = handle;
        _context = new(CreateContext);
        Alignment = (long)api.DeviceNumber(handle, BaseAlignmentBits) / 8;
        RoundsSingles = (api.DeviceNumber(handle, SingleConfiguration) & CorrectlyRounded) != 0;
    }

    public OpenClApi Api { get; }

    public nint Handle { get; }

    public nint Context => _context.Value;

    /// <summary>Bytes that parts of a buffer are aligned to.</summary>
    public long Alignment { get; }

    /// <summary>Whether binary32 division and root can be asked to round once.</summary>
    public bool RoundsSingles { get; }

    /// <summary>All devices of all platforms, in the order of the loader.</summary>
    /// <exception cref="GpuMissingException">There is no loader, or no platform.</exception>
    public static IReadOnlyList<GpuDevice> All()
    {
        if (OpenClApi.Loaded is not { } api)
        {
            throw new GpuMissingException(
                "no OpenCL loader: expected libOpenCL.so.1 (apt-get install ocl-icd-libopencl1, and pocl-opencl-icd for a device on the CPU)"
            );
        }

        var platforms = Platforms(api);
        if (platforms.Length == 0)
        {
            throw new GpuMissingException(
                "OpenCL has no platform here: expected the driver of a GPU, or one for the CPU (apt-get install pocl-opencl-icd)"
            );
        }

        return [.. platforms.SelectMany(platform => Devices(api, platform))];
    }

    public override GpuQueue Open() => new OpenClQueue(this);

    /// <summary>The program of a variant, built once in a process.</summary>
    public nint Program(KernelVariant variant) =>
        _programs.GetOrAdd(variant, each => new(() => Build(each))).Value;

    private static nint[] Platforms(OpenClApi api)
    {
        uint count;

        // The loader answers with an error of its own where there is none.
        if (api.GetPlatformIDs(0, null, &count) != 0 || count == 0)
        {
            return [];
        }

        var platforms = new nint[count];
        fixed (nint* to = platforms)
        {
            OpenClError.Check(api.GetPlatformIDs(count, to, null), "clGetPlatformIDs");
        }

        return platforms;
    }

    private static IEnumerable<GpuDevice> Devices(OpenClApi api, nint platform)
    {
        uint count;
        if (api.GetDeviceIDs(platform, AllDevices, 0, null, &count) != 0 || count == 0)
        {
            return [];
        }

        var devices = new nint[count];
        fixed (nint* to = devices)
        {
            OpenClError.Check(
                api.GetDeviceIDs(platform, AllDevices, count, to, null),
                "clGetDeviceIDs"
            );
        }

        return devices.Select(device => Describe(api, platform, device));
    }

    private static OpenClDevice Describe(OpenClApi api, nint platform, nint device) =>
        new(api, device, api.PlatformText(platform, PlatformVersion))
        {
            Name = api.DeviceText(device, DeviceName),
            Driver =
                $"{api.PlatformText(platform, PlatformName)}, driver {api.DeviceText(device, DriverVersion)}",
            HasDouble = api.DeviceNumber(device, DoubleConfiguration) != 0,
            MemoryBytes = (long)api.DeviceNumber(device, GlobalSize),
            CacheBytes = (long)api.DeviceNumber(device, GlobalCacheSize),
            LocalBytes = (long)api.DeviceNumber(device, LocalSize),
            Refuses = Refusal(api, device),
        };

    private static string? Refusal(OpenClApi api, nint device) =>
        api.DeviceNumber(device, IsAvailable) == 0 ? "the driver says that it is not available"
        : api.DeviceNumber(device, HasCompiler) == 0 ? "its driver has no compiler"
        : api.DeviceNumber(device, MaxWorkGroup) is var items && items < LargestTeam
            ? $"work-groups of {LargestTeam} items are needed, it has {items}"
        : (long)api.DeviceNumber(device, LocalSize) is var local && local < SmallestLocal
            ? $"{SmallestLocal} bytes of local memory are needed, it has {local}"
        : null;

    private nint CreateContext()
    {
        var device = Handle;
        int code;
        var context = Api.CreateContext(null, 1, &device, 0, 0, &code);
        OpenClError.Check(code, "clCreateContext");
        return context;
    }

    private nint Build(KernelVariant variant)
    {
        var source = variant.Source();
        var options = Options(variant);
        var key = KeyOf(variant);
        if (ProgramCache.Find(key) is { } kept)
        {
            if (FromBinary(kept, options) is var loaded and not 0)
            {
                return loaded;
            }

            ProgramCache.Drop(key);
        }

        var program = FromSource(source, options);
        ProgramCache.Keep(key, BinaryOf(program));
        return program;
    }

    /// <summary>What a program on disk is found by.</summary>
    internal string KeyOf(KernelVariant variant) =>
        $"OpenCL\n{Name}\n{Driver}\n{_platformVersion}\n{Options(variant)}\n{variant.Source()}";

    private string Options(KernelVariant variant) =>
        variant.IsDouble || !RoundsSingles
            ? "-cl-std=CL1.2"
            : "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt";

    /// <exception cref="GpuException">It does not compile; the message has the log.</exception>
    internal nint FromSource(string source, string options)
    {
        var text = Encoding.UTF8.GetBytes(source);
        nint program;
        int code;
        fixed (byte* first = text)
        {
            var begin = first;
            var length = (nuint)text.Length;
            program = Api.CreateProgramWithSource(Context, 1, &begin, &length, &code);
        }

        OpenClError.Check(code, "clCreateProgramWithSource");
        code = BuildCode(program, options);
        if (code == BuildFailed)
        {
            throw new GpuException(
                $"clBuildProgram: {OpenClError.Name(code)} on {Name}:\n{Log(program)}"
            );
        }

        OpenClError.Check(code, "clBuildProgram");
        return program;
    }

    /// <summary>0 where the driver does not take it: it is compiled again.</summary>
    private nint FromBinary(byte[] binary, string options)
    {
        var device = Handle;
        var length = (nuint)binary.Length;
        int status,
            code;
        nint program;
        fixed (byte* first = binary)
        {
            var begin = first;
            program = Api.CreateProgramWithBinary(
                Context,
                1,
                &device,
                &length,
                &begin,
                &status,
                &code
            );
        }

        if (code != 0 || status != 0)
        {
            return 0;
        }

        if (BuildCode(program, options) == 0)
        {
            return program;
        }

        Api.ReleaseProgram(program);
        return 0;
    }

    private int BuildCode(nint program, string options)
    {
        var device = Handle;
        fixed (byte* text = Encoding.UTF8.GetBytes(options + '\0'))
        {
            return Api.BuildProgram(program, 1, &device, text, 0, 0);
        }
    }

    private string Log(nint program)
    {
        nuint size;
        OpenClError.Check(
            Api.GetProgramBuildInfo(program, Handle, BuildLog, 0, null, &size),
            "clGetProgramBuildInfo"
        );
        var bytes = new byte[size];
        fixed (byte* to = bytes)
        {
            OpenClError.Check(
                Api.GetProgramBuildInfo(program, Handle, BuildLog, size, to, null),
                "clGetProgramBuildInfo"
            );
        }

        return Encoding.UTF8.GetString(bytes).TrimEnd('\0', '\n');
    }

    private byte[] BinaryOf(nint program)
    {
        nuint size;
        OpenClError.Check(
            Api.GetProgramInfo(program, BinarySizes, (nuint)sizeof(nuint), &size, null),
            "clGetProgramInfo"
        );
        var binary = new byte[size];
        fixed (byte* first = binary)
        {
            var begin = first;
            OpenClError.Check(
                Api.GetProgramInfo(program, Binaries, (nuint)sizeof(byte*), &begin, null),
                "clGetProgramInfo"
            );
        }

        return binary;
    }
}
