using System.Buffers.Binary;
using Google.Protobuf;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// The fields of one protocol buffer message, one after the other. A field of another kind than the reader asks for is an
/// error, not a guess.
/// </summary>
internal sealed class ProtobufMessage(CodedInputStream input)
{
    private uint _tag;

    /// <summary>Goes to the next field and gives its number; 0 at the end.</summary>
    public int Next()
    {
        _tag = input.ReadTag();
        return WireFormat.GetTagFieldNumber(_tag);
    }

    public void Skip() => input.SkipLastField();

    public ProtobufMessage Message() => new(Bytes().CreateCodedInput());

    public ByteString Bytes()
    {
        Expect(WireFormat.WireType.LengthDelimited);
        return input.ReadBytes();
    }

    /// <summary>Text as one line: it may hold anything.</summary>
    public string Text()
    {
        Expect(WireFormat.WireType.LengthDelimited);
        return OneLine.Of(input.ReadString());
    }

    public long Whole()
    {
        Expect(WireFormat.WireType.Varint);
        return input.ReadInt64();
    }

    public float Single()
    {
        Expect(WireFormat.WireType.Fixed32);
        return input.ReadFloat();
    }

    /// <summary>One number of a repeated field, or all of them where they are packed.</summary>
    public void Wholes(List<long> into)
    {
        if (Type != WireFormat.WireType.LengthDelimited)
        {
            into.Add(Whole());
            return;
        }

        var packed = Bytes().CreateCodedInput();
        while (!packed.IsAtEnd)
        {
            into.Add(packed.ReadInt64());
        }
    }

    /// <summary>The same for numbers of four or eight bytes, as little-endian bytes.</summary>
    public void Fixed(Stream into)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        switch (Type)
        {
            case WireFormat.WireType.Fixed32:
                BinaryPrimitives.WriteUInt32LittleEndian(number, input.ReadFixed32());
                into.Write(number[..sizeof(uint)]);
                break;
            case WireFormat.WireType.Fixed64:
                BinaryPrimitives.WriteUInt64LittleEndian(number, input.ReadFixed64());
                into.Write(number);
                break;
            default:
                into.Write(Bytes().Span);
                break;
        }
    }

    private WireFormat.WireType Type => WireFormat.GetTagWireType(_tag);

    private void Expect(WireFormat.WireType wanted)
    {
        if (Type != wanted)
        {
            throw new InputException(
                $"field {WireFormat.GetTagFieldNumber(_tag)} is {Type}, expected {wanted}"
            );
        }
    }
}
