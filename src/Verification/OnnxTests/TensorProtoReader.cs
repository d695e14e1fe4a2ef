using System.Buffers.Binary;
using Google.Protobuf;
using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// Reads a TensorProto. Its values lie in raw_data (little-endian), or in the list of the element type: float_data,
/// double_data, and for the 16-bit types their bit patterns in int32_data.
/// </summary>
internal static class TensorProtoReader
{
    private sealed class Fields
    {
        public List<long> Dims { get; } = [];

        public long DataType { get; set; }

        public string Name { get; set; } = "";

        public ByteString? Raw { get; set; }

        public MemoryStream Lists { get; } = new();

        public List<long> Patterns { get; } = [];

        public bool External { get; set; }
    }

    /// <exception cref="InputException">Type, shape and data do not fit.</exception>
    public static OnnxTensor Read(ProtobufMessage message)
    {
        var fields = new Fields();
        while (message.Next() is var field and not 0)
        {
            Read(message, field, fields);
        }

        if (fields.External)
        {
            throw new InputException(
                $"tensor '{fields.Name}' keeps its data in another file, which is not read"
            );
        }

        var element = (OnnxElement)fields.DataType;
        if (element == OnnxElement.Undefined)
        {
            throw new InputException("it names no element type (data_type)");
        }

        var shape = ShapeOf(fields);
        return new(
            fields.Name,
            element,
            shape,
            element.DType() is { } dtype
                ? new(dtype, shape, data: Bytes(fields, dtype, shape))
                : null
        );
    }

    private static void Read(ProtobufMessage message, int field, Fields fields)
    {
        switch (field)
        {
            case 1:
                message.Wholes(fields.Dims);
                break;
            case 2:
                fields.DataType = message.Whole();
                break;
            case 4 or 10:
                message.Fixed(fields.Lists);
                break;
            case 5:
                message.Wholes(fields.Patterns);
                break;
            case 8:
                fields.Name = message.Text();
                break;
            case 9:
                fields.Raw = message.Bytes();
                break;
            case 14:
                fields.External = message.Whole() != 0;
                break;
            default:
                message.Skip();
                break;
        }
    }

    private static Shape ShapeOf(Fields fields)
    {
        Int128 count = 1;
        foreach (var extent in fields.Dims)
        {
            count *= Math.Max(extent, 1);
            if (extent is < 0 or > int.MaxValue || count > NormProblem.MaxCount)
            {
                throw new InputException(
                    $"tensor '{fields.Name}' has the shape [{string.Join(", ", fields.Dims)}]: expected at most {NormProblem.MaxCount} elements"
                );
            }
        }

        return new([.. fields.Dims.Select(extent => (int)extent)]);
    }

    private static byte[] Bytes(Fields fields, DType dtype, Shape shape)
    {
        var bytes =
            fields.Raw is { } raw ? raw.ToByteArray()
            : dtype.Size() == 2 ? Patterns(fields)
            : fields.Lists.ToArray();
        var needed = shape.Count * dtype.Size();
        return bytes.Length == needed
            ? bytes
            : throw new InputException(
                $"tensor '{fields.Name}' of {dtype.Word()} [{string.Join(", ", shape.Extents)}] needs {needed} bytes, {bytes.Length} are there"
            );
    }

    private static byte[] Patterns(Fields fields)
    {
        var bytes = new byte[2 * fields.Patterns.Count];
        for (var i = 0; i < fields.Patterns.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(
                bytes.AsSpan(2 * i),
                unchecked((ushort)fields.Patterns[i])
            );
        }

        return bytes;
    }
}
