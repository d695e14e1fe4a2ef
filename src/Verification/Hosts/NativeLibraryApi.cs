using System.Runtime.InteropServices;
using System.Text.Json;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>The functions of a shared library: three, and three more that are optional.</summary>
internal sealed unsafe class NativeLibraryApi
{
    private static readonly string[] s_functions =
    [
        "normcheck_describe",
        "normcheck_supports",
        "normcheck_run",
    ];

    /// <summary>All three or none.</summary>
    private static readonly string[] s_optional =
    [
        "normcheck_prepare",
        "normcheck_execute",
        "normcheck_finish",
    ];

    private readonly delegate* unmanaged[Cdecl]<NcProblem*, NcTensors*, void**, int> _prepare;
    private readonly delegate* unmanaged[Cdecl]<void*, int> _execute;
    private readonly delegate* unmanaged[Cdecl]<void*, int> _finish;
    private readonly delegate* unmanaged[Cdecl]<NcProblem*, int> _supports;
    private readonly delegate* unmanaged[Cdecl]<NcProblem*, NcTensors*, int> _run;

    /// <exception cref="InputException">The library cannot be loaded or is not a backend.</exception>
    public NativeLibraryApi(string path)
    {
        nint handle;
        try
        {
            handle = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            // The loader's own reason is the last line; the runtime's advice comes before it.
            var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var reason = OneLine.Of(lines.LastOrDefault());
            throw new InputException($"cannot be loaded as a library: {reason}");
        }

        foreach (var name in s_functions)
        {
            if (!NativeLibrary.TryGetExport(handle, name, out _))
            {
                throw new InputException(
                    $"expected the functions {string.Join(", ", s_functions)}; {name} is not there"
                );
            }
        }

        var describe = (delegate* unmanaged[Cdecl]<byte*>)
            NativeLibrary.GetExport(handle, s_functions[0]);
        _supports = (delegate* unmanaged[Cdecl]<NcProblem*, int>)
            NativeLibrary.GetExport(handle, s_functions[1]);
        _run = (delegate* unmanaged[Cdecl]<NcProblem*, NcTensors*, int>)
            NativeLibrary.GetExport(handle, s_functions[2]);
        Description = Read(Marshal.PtrToStringUTF8((nint)describe()));
        SetsUp = Array.TrueForAll(
            s_optional,
            name => NativeLibrary.TryGetExport(handle, name, out _)
        );
        if (SetsUp)
        {
            _prepare = (delegate* unmanaged[Cdecl]<NcProblem*, NcTensors*, void**, int>)
                NativeLibrary.GetExport(handle, s_optional[0]);
            _execute = (delegate* unmanaged[Cdecl]<void*, int>)
                NativeLibrary.GetExport(handle, s_optional[1]);
            _finish = (delegate* unmanaged[Cdecl]<void*, int>)
                NativeLibrary.GetExport(handle, s_optional[2]);
        }
    }

    /// <summary>Whether it has the optional functions, so that a call is set up once and repeated.</summary>
    public bool SetsUp { get; }

    /// <summary>The JSON of normcheck_describe as the wire's metadata.</summary>
    public SafetensorsBlob Description { get; }

    public int Supports(NcProblem* problem) => _supports(problem);

    public int Prepare(NcProblem* problem, NcTensors* tensors, void** plan) =>
        _prepare(problem, tensors, plan);

    public int Execute(void* plan) => _execute(plan);

    public int Finish(void* plan) => _finish(plan);

    public int Run(NcProblem* problem, NcTensors* tensors) => _run(problem, tensors);

    private static SafetensorsBlob Read(string? json)
    {
        var blob = new SafetensorsBlob();
        try
        {
            using var document = JsonDocument.Parse(json ?? "");
            foreach (var field in document.RootElement.EnumerateObject())
            {
                blob.Metadata[field.Name] = Text(field.Value);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InputException(
                $"expected a JSON object of normcheck_describe, got '{OneLine.Of(json)}'"
            );
        }

        // An exec: program may leave it out; a library is called by it.
        _ = blob.Require("abi");
        _ = DescriptionFields.Read(blob);
        return blob;
    }

    private static string Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(Text)),
            JsonValueKind.True => "1",
            JsonValueKind.False => "0",
            JsonValueKind.String => value.GetString()!,
            _ => value.GetRawText(),
        };
}
