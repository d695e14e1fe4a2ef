using System.Runtime.InteropServices;
using System.Text;

namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>NVRTC, the compiler of CUDA C++ as a library (NVRTC reference, CUDA 11.2 and later).</summary>
internal sealed unsafe class NvrtcApi
{
    /// <summary>Names the library where it lies in none of the usual places.</summary>
    public const string Variable = "NORMCHECK_NVRTC";

    private static readonly string[] s_files =
    [
        "libnvrtc.so",
        "libnvrtc.so.13",
        "libnvrtc.so.12",
        "libnvrtc.so.11.2",
        "/usr/local/cuda/lib64/libnvrtc.so",
        "nvrtc64_130_0.dll",
        "nvrtc64_120_0.dll",
        "nvrtc64_112_0.dll",
    ];

    private static readonly Lazy<NvrtcApi?> s_loaded = new(Load);

    private readonly delegate* unmanaged<
        nint*,
        byte*,
        byte*,
        int,
        byte**,
        byte**,
        int> _createProgram;
    private readonly delegate* unmanaged<nint*, int> _destroyProgram;
    private readonly delegate* unmanaged<nint, int, byte**, int> _compileProgram;
    private readonly delegate* unmanaged<nint, nuint*, int> _getLogSize;
    private readonly delegate* unmanaged<nint, byte*, int> _getLog;
    private readonly delegate* unmanaged<nint, nuint*, int> _getPtxSize;
    private readonly delegate* unmanaged<nint, byte*, int> _getPtx;
    private readonly delegate* unmanaged<int, byte*> _getErrorString;
    private readonly delegate* unmanaged<int*, int> _getNumSupportedArchs;
    private readonly delegate* unmanaged<int*, int> _getSupportedArchs;

    private NvrtcApi(nint library)
    {
        _createProgram = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Export(
            "nvrtcCreateProgram"
        );
        _destroyProgram = (delegate* unmanaged<nint*, int>)Export("nvrtcDestroyProgram");
        _compileProgram = (delegate* unmanaged<nint, int, byte**, int>)Export(
            "nvrtcCompileProgram"
        );
        _getLogSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetProgramLogSize");
        _getLog = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetProgramLog");
        _getPtxSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetPTXSize");
        _getPtx = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetPTX");
        _getErrorString = (delegate* unmanaged<int, byte*>)Export("nvrtcGetErrorString");
        _getNumSupportedArchs = (delegate* unmanaged<int*, int>)Export("nvrtcGetNumSupportedArchs");
        _getSupportedArchs = (delegate* unmanaged<int*, int>)Export("nvrtcGetSupportedArchs");
        var version = (delegate* unmanaged<int*, int*, int>)Export("nvrtcVersion");
        int major,
            minor;
        Check(version(&major, &minor), "nvrtcVersion");
        Version = $"{major}.{minor}";

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Null where there is no such library on this machine.</summary>
    public static NvrtcApi? Loaded => s_loaded.Value;

    public string Version { get; }

    /// <summary>The newest architecture that this compiler knows and a device of some capability (90 for 9.0) can run; 0: none.</summary>
    public int Architecture(int capability)
    {
        int count;
        Check(_getNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
        var known = new int[count];
        fixed (int* to = known)
        {
            Check(_getSupportedArchs(to), "nvrtcGetSupportedArchs");
        }

        return known.Where(each => each <= capability).DefaultIfEmpty(0).Max();
    }

    /// <summary>PTX, which the driver translates for the device at hand.</summary>
    /// <exception cref="GpuException">The source does not compile; the message has the log.</exception>
    public byte[] Compile(string source, IReadOnlyList<string> options)
    {
        nint program;
        fixed (byte* text = Terminated(source))
        {
            Check(_createProgram(&program, text, null, 0, null, null), "nvrtcCreateProgram");
        }

        try
        {
            var code = CompileCode(program, options);
            if (code != 0)
            {
                throw new GpuException($"nvrtcCompileProgram: {NameOf(code)}:\n{Log(program)}");
            }

            nuint size;
            Check(_getPtxSize(program, &size), "nvrtcGetPTXSize");
            var ptx = new byte[size];
            fixed (byte* to = ptx)
            {
                Check(_getPtx(program, to), "nvrtcGetPTX");
            }

            return ptx;
        }
        finally
        {
            _destroyProgram(&program);
        }
    }

    private int CompileCode(nint program, IReadOnlyList<string> options)
    {
        var texts = options.Select(Terminated).ToArray();
        var handles = texts.Select(text => GCHandle.Alloc(text, GCHandleType.Pinned)).ToArray();
        try
        {
            var pointers = stackalloc byte*[texts.Length];
            for (var i = 0; i < texts.Length; i++)
            {
                pointers[i] = (byte*)handles[i].AddrOfPinnedObject();
            }

            return _compileProgram(program, texts.Length, pointers);
        }
        finally
        {
            foreach (var handle in handles)
            {
                handle.Free();
            }
        }
    }

    private string Log(nint program)
    {
        nuint size;
        Check(_getLogSize(program, &size), "nvrtcGetProgramLogSize");
        var text = new byte[size];
        fixed (byte* to = text)
        {
            Check(_getLog(program, to), "nvrtcGetProgramLog");
        }

        return Encoding.UTF8.GetString(text).TrimEnd('\0', '\n');
    }

    private void Check(int code, string call)
    {
        if (code != 0)
        {
            throw new GpuException($"{call}: {NameOf(code)}");
        }
    }

    private string NameOf(int code) =>
        Encoding.UTF8.GetString(
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_getErrorString(code))
        );

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static NvrtcApi? Load()
    {
        var asked = Environment.GetEnvironmentVariable(Variable);
        foreach (var file in string.IsNullOrEmpty(asked) ? s_files : [asked])
        {
            if (NativeLibrary.TryLoad(file, out var library))
            {
                return new(library);
            }
        }

        return null;
    }
}
