using System.Runtime.InteropServices;
using System.Text.Json;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>nc_tensor of normcheck.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcTensor
{
    public void* Data;
    public long* Shape;
    public long* Strides;
    public int Rank;
    public int DType;
}

/// <summary>nc_problem of normcheck.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcProblem
{
    public uint StructSize;
    public int Op;
    public int Pass;
    public int Rank;
    public long* Shape;
    public int DType;
    public int ChannelAxis;
    public int FirstNormalizedAxis;
    public int Groups;
    public double Epsilon;
    public double Momentum;
    public double RMax;
    public double DMax;
    public int StoredVariance;
}

/// <summary>The three functions of a shared library.</summary>
internal sealed unsafe class NativeLibraryApi
{
    private readonly delegate* unmanaged[Cdecl]<NcProblem*, int> _supports;
    private readonly delegate* unmanaged[Cdecl]<NcProblem*, NcTensor*, int> _run;

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
            var reason = GuardedBackend.OneLine(error.Message);
            throw new InputException($"cannot be loaded as a library: {reason}");
        }

        var describe = (delegate* unmanaged[Cdecl]<byte*>)Symbol(handle, "normcheck_describe");
        _supports = (delegate* unmanaged[Cdecl]<NcProblem*, int>)Symbol(handle, "normcheck_supports");
        _run = (delegate* unmanaged[Cdecl]<NcProblem*, NcTensor*, int>)Symbol(handle, "normcheck_run");
        Description = Read(Marshal.PtrToStringUTF8((nint)describe()));
    }

    /// <summary>The JSON of normcheck_describe as the wire's metadata.</summary>
    public SafetensorsBlob Description { get; }

    public int Supports(NcProblem* problem) => _supports(problem);

    public int Run(NcProblem* problem, NcTensor* tensors) => _run(problem, tensors);

    private static nint Symbol(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new InputException(
                $"expected the functions normcheck_describe, normcheck_supports and normcheck_run, {name} is not there"
            );

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
            throw new InputException("expected normcheck_describe to give a JSON object, it does not");
        }

        blob.Metadata["abi"] = blob.Require("abi");
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
