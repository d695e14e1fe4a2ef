using System.Runtime.InteropServices;
using System.Text.Json;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>The three functions of a shared library.</summary>
internal sealed unsafe class NativeLibraryApi
{
    private static readonly string[] s_functions =
    [
        "normcheck_describe",
        "normcheck_supports",
        "normcheck_run",
    ];

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
    }

    /// <summary>The JSON of normcheck_describe as the wire's metadata.</summary>
    public SafetensorsBlob Description { get; }

    public int Supports(NcProblem* problem) => _supports(problem);

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
