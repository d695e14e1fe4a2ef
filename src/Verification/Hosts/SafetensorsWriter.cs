using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// The safetensors format: u64 header length, a JSON header that maps names to type, shape and byte range, then the bytes
/// without gaps.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>The header entry that is not a tensor.</summary>
    internal const string MetadataKey = "__metadata__";

    /// <summary>Tensors of any strides are written contiguous, row-major.</summary>
    /// <exception cref="InputException">The blob would be larger than an array.</exception>
    public static byte[] Write(SafetensorsBlob blob)
    {
        if (blob.Tensors.ContainsKey(MetadataKey))
        {
            throw new InputException($"'{MetadataKey}' cannot be the name of a tensor");
        }

        // Wide elements first: then each tensor is aligned to its own element size.
        var order = blob.Tensors.OrderByDescending(pair => pair.Value.DType.Size()).ToList();
        var header = new ArrayBufferWriter<byte>();
        long end = 0;
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (blob.Metadata.Count > 0)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in blob.Metadata)
                {
                    json.WriteString(Unicode(key), Unicode(value));
                }

                json.WriteEndObject();
            }

            foreach (var (name, tensor) in order)
            {
                var size = tensor.Count * tensor.DType.Size();
                json.WriteStartObject(Unicode(name));
                json.WriteString("dtype", tensor.DType.Word().ToUpperInvariant());
                json.WriteStartArray("shape");
                foreach (var extent in tensor.Shape.Extents)
                {
                    json.WriteNumberValue(extent);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(end);
                json.WriteNumberValue(end + size);
                json.WriteEndArray();
                json.WriteEndObject();
                end += size;
            }

            json.WriteEndObject();
        }

        // Readers map the tensors in place: the header is padded so that they start aligned.
        var length = (header.WrittenCount + 7) / 8 * 8;
        if (8 + length + end > Array.MaxLength)
        {
            throw new InputException(
                $"expected at most {Array.MaxLength} bytes in one blob, these tensors have {end}"
            );
        }

        var result = new byte[8 + length + end];
        BinaryPrimitives.WriteInt64LittleEndian(result, length);
        header.WrittenSpan.CopyTo(result.AsSpan(8));
        result.AsSpan(8 + header.WrittenCount, length - header.WrittenCount).Fill((byte)' ');
        var at = 8 + length;
        foreach (var (_, tensor) in order)
        {
            at += TensorBytes.Gather(tensor, result.AsSpan(at));
        }

        return result;
    }

    /// <summary>Half of a surrogate pair, which JSON in UTF-8 cannot hold, becomes U+FFFD.</summary>
    private static string Unicode(string text) => string.Concat(text.EnumerateRunes());
}
