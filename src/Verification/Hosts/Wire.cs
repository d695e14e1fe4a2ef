using System.Buffers.Binary;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>Messages on a stream: u64 little-endian length, then a safetensors blob.</summary>
public static class Wire
{
    /// <summary>Larger messages are refused, not read.</summary>
    public const long MaxMessage = 1L << 31;

    public static async Task WriteAsync(Stream stream, SafetensorsBlob message, CancellationToken cancel)
    {
        var bytes = SafetensorsWriter.Write(message);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        await stream.WriteAsync(length, cancel).ConfigureAwait(false);
        await stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
        await stream.FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <exception cref="EndOfStreamException">The other side is gone.</exception>
    /// <exception cref="InputException">What came is not a message.</exception>
    public static async Task<SafetensorsBlob> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, cancel).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length > MaxMessage)
        {
            var printable = new string([.. head.Select(each => each is >= 32 and < 127 ? (char)each : '.')]);
            throw new InputException($"expected a message length, got {length} (as text: '{printable}')");
        }

        return SafetensorsReader.Read(await ReadBodyAsync(stream, (long)length, cancel).ConfigureAwait(false));
    }

    /// <summary>Grows with what really arrives: a claimed length allocates nothing.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(
        Stream stream,
        long length,
        CancellationToken cancel
    )
    {
        const int Step = 1 << 20;
        var body = new byte[Math.Min(length, Step)];
        var filled = 0;
        while (filled < length)
        {
            if (filled == body.Length)
            {
                Array.Resize(ref body, (int)Math.Min(length, body.Length * 2L));
            }

            var read = await stream.ReadAsync(body.AsMemory(filled), cancel).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            filled += read;
        }

        return body.AsMemory(0, filled);
    }
}
