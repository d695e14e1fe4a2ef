using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>Named tensors and text metadata: what travels on the wire and what counterexamples are saved as.</summary>
public sealed class SafetensorsBlob
{
    /// <summary>The <c>__metadata__</c> entries.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The tensors, contiguous, by name.</summary>
    public SortedDictionary<string, Tensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>A metadata entry that must be there.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public string Require(string key) =>
        Metadata.TryGetValue(key, out var value)
            ? value
            : throw new InputException($"expected '{key}' in the metadata, it is not there");
}

/// <summary>Blobs as files.</summary>
public static class SafetensorsFile
{
    /// <exception cref="InputException">There is no such file, or it is not a safetensors file.</exception>
    public static SafetensorsBlob Read(string path)
    {
        try
        {
            return SafetensorsReader.Read(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {error.Message}");
        }
        catch (InputException error)
        {
            throw new InputException($"'{path}' is not a safetensors file: {error.Message}");
        }
    }

    public static void Write(string path, SafetensorsBlob blob) => File.WriteAllBytes(path, SafetensorsWriter.Write(blob));
}
