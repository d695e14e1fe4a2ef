using System.Buffers.Binary;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Messages on a stream: u64 little-endian length, then a safetensors blob. The time limit of an exchange is
/// <see cref="ChildProcess"/>'s: it ends a read by ending the program at the other side.
/// </summary>
public static class Wire
{
    /// <summary>Larger messages are refused, not read: no array holds more.</summary>
    public static long MaxMessage => Array.MaxLength;

    public static void Write(Stream stream, SafetensorsBlob message)
    {
        var bytes = SafetensorsWriter.Write(message);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
        stream.Flush();
    }

    /// <summary>Reads one message of at most so many bytes.</summary>
    /// <exception cref="EndOfStreamException">The other side is gone.</exception>
    /// <exception cref="InputException">What came is not a message.</exception>
    public static SafetensorsBlob Read(Stream stream, long maximum = long.MaxValue)
    {
        Span<byte> head = stackalloc byte[8];
        stream.ReadExactly(head);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        maximum = Math.Min(maximum, MaxMessage);
        if (length > (ulong)maximum)
        {
            // Text where a length should be is a program that prints to its standard output.
            var text = string.Concat(
                head.ToArray().Select(each => each is >= 32 and < 127 ? (char)each : '.')
            );
            throw new InputException(
                $"expected a message of at most {maximum} bytes, got length {length} (as text: '{text}')"
            );
        }

        return SafetensorsReader.Read(ReadBody(stream, (int)length));
    }

    /// <summary>Grows with what really arrives: a claimed length allocates nothing.</summary>
    private static ReadOnlyMemory<byte> ReadBody(Stream stream, int length)
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

            var read = stream.Read(body.AsSpan(filled));
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            filled += read;
        }

        return body;
    }
}
