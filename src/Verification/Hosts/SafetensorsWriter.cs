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
    /// <summary>Tensors of any strides are written contiguous, row-major.</summary>
    public static byte[] Write(SafetensorsBlob blob)
    {
        var header = new ArrayBufferWriter<byte>();
        long end = 0;
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (blob.Metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in blob.Metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (var (name, tensor) in blob.Tensors)
            {
                var size = tensor.Count * tensor.DType.Size();
                json.WriteStartObject(name);
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
        var result = new byte[8 + length + end];
        BinaryPrimitives.WriteInt64LittleEndian(result, length);
        header.WrittenSpan.CopyTo(result.AsSpan(8));
        result.AsSpan(8 + header.WrittenCount, length - header.WrittenCount).Fill((byte)' ');
        var at = 8 + length;
        foreach (var tensor in blob.Tensors.Values)
        {
            at += CopyBytes(tensor, result.AsSpan(at));
        }

        return result;
    }

    private static int CopyBytes(Tensor tensor, Span<byte> target)
    {
        var size = tensor.DType.Size();
        var source = tensor.Data.Span[(int)(tensor.Offset * size)..];
        var total = (int)tensor.Count * size;
        if (tensor.IsContiguous)
        {
            source[..total].CopyTo(target);
            return total;
        }

        var at = 0;
        foreach (var distance in tensor.Distances())
        {
            source.Slice((int)distance * size, size).CopyTo(target[at..]);
            at += size;
        }

        return total;
    }
}
