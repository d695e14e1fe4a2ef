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
    private const int MaxRank = 16;

    /// <summary>A tensor without elements may still claim extents whose product is beyond every counter.</summary>
    private const long MaxProduct = 1L << 40;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 8 };

    private sealed record Entry(string Name, DType DType, int[] Shape, long Begin, long End);

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
        if (length == 0 || bytes.Span[8] != '{')
        {
            throw new InputException(
                "expected a JSON object as header, it does not begin with '{'"
            );
        }

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
        var blob = new SafetensorsBlob();
        var entries = new List<Entry>();
        foreach (var (name, value) in Fields(header, "the header"))
        {
            if (name == SafetensorsWriter.MetadataKey)
            {
                ReadMetadata(value, blob);
            }
            else
            {
                entries.Add(ReadEntry(name, value, data.Length));
            }
        }

        // Before any copy: overlapping ranges would multiply a few bytes into many tensors.
        CheckRanges(entries, data.Length);
        foreach (var entry in entries)
        {
            var bytes = data[(int)entry.Begin..(int)entry.End].ToArray();
            blob.Tensors[entry.Name] = new(entry.DType, new Shape(entry.Shape), data: bytes);
        }

        return blob;
    }

    private static void ReadMetadata(JsonElement metadata, SafetensorsBlob blob)
    {
        foreach (var (key, value) in Fields(metadata, SafetensorsWriter.MetadataKey))
        {
            blob.Metadata[key] =
                value.ValueKind == JsonValueKind.String
                    ? value.GetString()!
                    : throw new InputException(
                        $"expected text for {Quote(key)} in __metadata__, got {value.ValueKind}"
                    );
        }
    }

    private static Entry ReadEntry(string name, JsonElement value, long available)
    {
        var what = $"tensor {Quote(name)}";
        var fields = Fields(value, what);
        var dtype = ReadType(what, fields);
        var shape = ReadNumbers(what, fields, "shape");
        var offsets = ReadNumbers(what, fields, "data_offsets");
        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > available)
        {
            throw new InputException(
                $"{what}: expected data_offsets within {available} bytes, got [{string.Join(", ", offsets)}]"
            );
        }

        Int128 product = 1;
        foreach (var extent in shape)
        {
            product *= Math.Max(extent, 1);
            if (product > MaxProduct || extent > int.MaxValue)
            {
                throw new InputException(
                    $"{what}: shape [{string.Join(", ", shape)}] is beyond its data"
                );
            }
        }

        var needed = shape.Contains(0) ? 0 : product * dtype.Size();
        return needed == offsets[1] - offsets[0]
            ? new(name, dtype, [.. shape.Select(extent => (int)extent)], offsets[0], offsets[1])
            : throw new InputException(
                $"{what}: shape [{string.Join(", ", shape)}] of {dtype.Word()} needs {needed} bytes, its range has {offsets[1] - offsets[0]}"
            );
    }

    private static DType ReadType(string what, Dictionary<string, JsonElement> fields)
    {
        var word =
            fields.TryGetValue("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String
                ? dtype.GetString()!
                : "";
        foreach (var each in DTypes.All)
        {
            if (each.Word().ToUpperInvariant() == word)
            {
                return each;
            }
        }

        throw new InputException(
            $"{what}: expected dtype F32, F64, F16 or BF16, got {Quote(word)}"
        );
    }

    private static List<long> ReadNumbers(
        string what,
        Dictionary<string, JsonElement> fields,
        string key
    )
    {
        if (!fields.TryGetValue(key, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{what}: expected a list as {key}");
        }

        var numbers = new List<long>();
        foreach (var item in array.EnumerateArray())
        {
            if (
                item.ValueKind != JsonValueKind.Number
                || !item.TryGetInt64(out var number)
                || number < 0
            )
            {
                throw new InputException($"{what}: expected whole numbers of at least 0 as {key}");
            }

            numbers.Add(number);
            if (numbers.Count > MaxRank)
            {
                throw new InputException($"{what}: expected at most {MaxRank} numbers as {key}");
            }
        }

        return numbers;
    }

    /// <summary>The fields of a JSON object; each name stands once.</summary>
    private static Dictionary<string, JsonElement> Fields(JsonElement value, string what)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"expected {what} to be an object, got {value.ValueKind}");
        }

        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
        {
            if (!fields.TryAdd(field.Name, field.Value))
            {
                throw new InputException($"{Quote(field.Name)} stands twice in {what}");
            }
        }

        return fields;
    }

    /// <summary>The ranges must cover the data from its first to its last byte, each byte once.</summary>
    private static void CheckRanges(List<Entry> entries, long length)
    {
        long at = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != at)
            {
                throw new InputException(
                    $"tensor {Quote(entry.Name)} begins at byte {entry.Begin}, expected {at}: ranges {(entry.Begin < at ? "overlap" : "leave a gap")}"
                );
            }

            at = entry.End;
        }

        if (at != length)
        {
            throw new InputException($"the tensors end at byte {at}, the data has {length}");
        }
    }

    /// <summary>A name out of the file: it may hold anything.</summary>
    private static string Quote(string name) => $"'{OneLine.Of(name)}'";
}
