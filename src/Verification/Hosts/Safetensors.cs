using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>Named tensors and text metadata: what travels on the wire and what counterexamples are saved as.</summary>
public sealed class SafetensorsBlob
{
    /// <summary>The <c>__metadata__</c> entries. Sorted, so that the same blob has the same bytes.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The tensors by name; those that are read are contiguous.</summary>
    public SortedDictionary<string, Tensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>A metadata entry that must be there.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public string Require(string key) =>
        Metadata.TryGetValue(key, out var value)
            ? value
            : throw new InputException($"expected '{key}' in the metadata, it is not there");

    /// <summary>A metadata entry as one line, empty where it is absent.</summary>
    internal string Line(string key) => OneLine.Of(Metadata.GetValueOrDefault(key));
}

/// <summary>Blobs as files.</summary>
public static class SafetensorsFile
{
    /// <exception cref="InputException">There is no such file, or it is not a safetensors file.</exception>
    public static SafetensorsBlob Read(string path)
    {
        try
        {
            // Its length, not its end, says how much is read: a device without an end is an empty file.
            using var file = File.OpenRead(path);
            if (!file.CanSeek || file.Length > Array.MaxLength)
            {
                throw new InputException($"expected a file of at most {Array.MaxLength} bytes");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return SafetensorsReader.Read(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {OneLine.Of(error.Message)}");
        }
        catch (InputException error)
        {
            throw new InputException($"'{path}' is not a safetensors file: {error.Message}");
        }
    }

    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, SafetensorsBlob blob)
    {
        try
        {
            File.WriteAllBytes(path, SafetensorsWriter.Write(blob));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot write '{path}': {OneLine.Of(error.Message)}");
        }
    }
}
