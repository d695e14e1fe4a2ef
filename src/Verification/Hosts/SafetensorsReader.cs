using System.Buffers.Binary;
using System.Text.Json;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Reads safetensors from hostile hands: nothing is allocated by a claimed size, every range is checked against the bytes
/// that are there, and all that can be wrong ends as one clear line.
/// </summary>
public static class SafetensorsReader
{
    private const long MaxHeader = 100_000_000;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 8 };

    /// <exception cref="InputException">The bytes are not a safetensors blob.</exception>
    public static SafetensorsBlob Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 8)
        {
            throw new InputException($"expected at least 8 bytes, got {bytes.Length}");
        }

        var claimed = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
        if (claimed > MaxHeader || claimed > (ulong)(bytes.Length - 8))
        {
            throw new InputException(
                $"the header claims {claimed} bytes, {bytes.Length - 8} are there (at most {MaxHeader} are read)"
            );
        }

        var length = (int)claimed;
        try
        {
            using var header = JsonDocument.Parse(bytes.Slice(8, length), s_options);
            return Read(header.RootElement, bytes[(8 + length)..]);
        }
        catch (JsonException error)
        {
            var where = error.BytePositionInLine is { } position ? $" at byte {position}" : "";
            throw new InputException($"the header is not JSON{where}");
        }
        catch (InvalidOperationException)
        {
            // GetString on text that is not valid UTF-8 or has a lone surrogate.
            throw new InputException("the header holds text that is not valid Unicode");
        }
    }

    private static SafetensorsBlob Read(JsonElement header, ReadOnlyMemory<byte> data)
    {
        if (header.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"expected a JSON object as header, got {header.ValueKind}");
        }

        var blob = new SafetensorsBlob();
        var ranges = new List<(long Begin, long End, string Name)>();
        var names = new HashSet<string>();
        foreach (var entry in header.EnumerateObject())
        {
            if (!names.Add(entry.Name))
            {
                throw new InputException($"'{entry.Name}' stands twice in the header");
            }

            if (entry.Name == "__metadata__")
            {
                ReadMetadata(entry.Value, blob);
                continue;
            }

            var (tensor, begin, end) = ReadTensor(entry.Name, entry.Value, data);
            blob.Tensors[entry.Name] = tensor;
            ranges.Add((begin, end, entry.Name));
        }

        CheckRanges(ranges, data.Length);
        return blob;
    }

    private static void ReadMetadata(JsonElement metadata, SafetensorsBlob blob)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"expected __metadata__ to be an object, got {metadata.ValueKind}");
        }

        foreach (var entry in metadata.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
            {
                throw new InputException($"expected text for '{entry.Name}' in __metadata__, got {entry.Value.ValueKind}");
            }

            if (!blob.Metadata.TryAdd(entry.Name, entry.Value.GetString()!))
            {
                throw new InputException($"'{entry.Name}' stands twice in __metadata__");
            }
        }
    }

    private static (Tensor Tensor, long Begin, long End) ReadTensor(
        string name,
        JsonElement entry,
        ReadOnlyMemory<byte> data
    )
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"expected an object for tensor '{name}', got {entry.ValueKind}");
        }

        var dtype = ReadType(name, entry);
        var shape = ReadNumbers(name, entry, "shape");
        var offsets = ReadNumbers(name, entry, "data_offsets");
        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > data.Length)
        {
            throw new InputException(
                $"tensor '{name}': expected data_offsets within {data.Length} bytes, got [{string.Join(", ", offsets)}]"
            );
        }

        // Extents are at most int.MaxValue each; the product is bounded by the bytes that are there.
        Int128 count = 1;
        foreach (var extent in shape)
        {
            count *= extent;
            if (count > data.Length || extent > int.MaxValue)
            {
                throw new InputException($"tensor '{name}': shape [{string.Join(", ", shape)}] is beyond its data");
            }
        }

        if (count * dtype.Size() != offsets[1] - offsets[0])
        {
            throw new InputException(
                $"tensor '{name}': shape [{string.Join(", ", shape)}] of {dtype.Word()} needs {count * dtype.Size()} bytes, its range has {offsets[1] - offsets[0]}"
            );
        }

        var bytes = data.Slice((int)offsets[0], (int)(offsets[1] - offsets[0])).ToArray();
        var extents = shape.Select(extent => (int)extent).ToArray();
        return (new Tensor(dtype, new Shape(extents), data: bytes), offsets[0], offsets[1]);
    }

    private static DType ReadType(string name, JsonElement entry)
    {
        var word = entry.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String
            ? dtype.GetString()
            : null;
        foreach (var each in DTypes.All)
        {
            if (each.Word().ToUpperInvariant() == word)
            {
                return each;
            }
        }

        throw new InputException($"tensor '{name}': expected dtype F32, F64, F16 or BF16, got '{word}'");
    }

    private static List<long> ReadNumbers(string name, JsonElement entry, string key)
    {
        if (!entry.TryGetProperty(key, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"tensor '{name}': expected a list as {key}");
        }

        var numbers = new List<long>();
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
            {
                throw new InputException($"tensor '{name}': expected whole numbers of at least 0 as {key}");
            }

            numbers.Add(number);
            if (numbers.Count > 16)
            {
                throw new InputException($"tensor '{name}': expected at most 16 numbers as {key}");
            }
        }

        return numbers;
    }

    /// <summary>The ranges must cover the data from its first to its last byte, each byte once.</summary>
    private static void CheckRanges(List<(long Begin, long End, string Name)> ranges, long length)
    {
        long at = 0;
        foreach (var (begin, end, name) in ranges.OrderBy(range => range.Begin).ThenBy(range => range.End))
        {
            if (begin != at)
            {
                throw new InputException(
                    $"tensor '{name}' begins at byte {begin}, expected {at}: ranges {(begin < at ? "overlap" : "leave a gap")}"
                );
            }

            at = end;
        }

        if (at != length)
        {
            throw new InputException($"the tensors end at byte {at}, the data has {length}");
        }
    }
}
