using Google.Protobuf;

namespace NormCheck.Golden.OnnxTests;

/// <summary>Writes ONNX node tests: a model of one node, inputs and expected outputs, as the standard lays them out.</summary>
internal sealed class NodeTestWriter(string operatorName, int opset)
{
    public const int Float = 1;
    public const int Float16 = 10;
    public const int Double = 11;

    private readonly List<byte[]> _attributes = [];
    private readonly List<(string Name, byte[] Tensor)> _inputs = [];
    private readonly List<(string Name, byte[] Tensor)> _outputs = [];

    public string Domain { get; init; } = "";

    public NodeTestWriter Int(string name, long value) =>
        Attribute(name, output => Field(output, 3, () => output.WriteInt64(value)));

    public NodeTestWriter Number(string name, float value) =>
        Attribute(
            name,
            output =>
            {
                output.WriteTag(2, WireFormat.WireType.Fixed32);
                output.WriteFloat(value);
            }
        );

    public NodeTestWriter Ints(string name, params long[] values) =>
        Attribute(
            name,
            output =>
            {
                foreach (var value in values)
                {
                    Field(output, 8, () => output.WriteInt64(value));
                }
            }
        );

    public NodeTestWriter Input(string name, int[] shape, params double[] values)
    {
        _inputs.Add((name, Tensor(Float, shape, values)));
        return this;
    }

    public NodeTestWriter Input(string name, byte[] tensor)
    {
        _inputs.Add((name, tensor));
        return this;
    }

    /// <summary>An optional input that is left out.</summary>
    public NodeTestWriter NoInput()
    {
        _inputs.Add(("", []));
        return this;
    }

    public NodeTestWriter Output(string name, int[] shape, params double[] values)
    {
        _outputs.Add((name, Tensor(Float, shape, values)));
        return this;
    }

    /// <summary>An optional output that is left out.</summary>
    public NodeTestWriter NoOutput()
    {
        _outputs.Add(("", []));
        return this;
    }

    /// <summary>Writes model.onnx and test_data_set_0 into a folder; the node may be there several times.</summary>
    public string WriteTo(string folder, int nodes = 1)
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "test_data_set_0")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), Model(nodes));
        Write(data, "input", _inputs);
        Write(data, "output", _outputs);
        return folder;
    }

    /// <summary>A TensorProto with its values in raw_data.</summary>
    public static byte[] Tensor(int type, int[] shape, params double[] values) =>
        Message(output =>
        {
            Head(output, type, shape);
            Bytes(
                output,
                9,
                [
                    .. values.SelectMany(value =>
                        type == Double ? BitConverter.GetBytes(value)
                        : type == Float16 ? BitConverter.GetBytes((Half)value)
                        : BitConverter.GetBytes((float)value)
                    ),
                ]
            );
        });

    /// <summary>A TensorProto with its values in the list of its type: float_data, int32_data (f16), double_data.</summary>
    public static byte[] ListTensor(int type, int[] shape, params double[] values) =>
        Message(output =>
        {
            Head(output, type, shape);
            var field =
                type == Double ? 10
                : type == Float16 ? 5
                : 4;
            var list = Message(packed =>
            {
                foreach (var value in values)
                {
                    if (type == Double)
                    {
                        packed.WriteDouble(value);
                    }
                    else if (type == Float16)
                    {
                        packed.WriteInt32(BitConverter.HalfToUInt16Bits((Half)value));
                    }
                    else
                    {
                        packed.WriteFloat((float)value);
                    }
                }
            });
            Bytes(output, field, list);
        });

    private static void Head(CodedOutputStream output, int type, int[] shape)
    {
        foreach (var extent in shape)
        {
            Field(output, 1, () => output.WriteInt64(extent));
        }

        Field(output, 2, () => output.WriteInt32(type));
    }

    private NodeTestWriter Attribute(string name, Action<CodedOutputStream> value)
    {
        _attributes.Add(
            Message(output =>
            {
                Text(output, 1, name);
                value(output);
            })
        );
        return this;
    }

    private byte[] Model(int nodes)
    {
        var node = Message(output =>
        {
            _inputs.ForEach(each => Text(output, 1, each.Name));
            _outputs.ForEach(each => Text(output, 2, each.Name));
            Text(output, 4, operatorName);
            _attributes.ForEach(each => Bytes(output, 5, each));
            Text(output, 7, Domain);
        });
        var graph = Message(output =>
        {
            for (var k = 0; k < nodes; k++)
            {
                Bytes(output, 1, node);
            }

            foreach (var (name, _) in _inputs.Where(each => each.Name.Length > 0))
            {
                Bytes(output, 11, Message(value => Text(value, 1, name)));
            }

            foreach (var (name, _) in _outputs.Where(each => each.Name.Length > 0))
            {
                Bytes(output, 12, Message(value => Text(value, 1, name)));
            }
        });
        return Message(output =>
        {
            Bytes(output, 7, graph);
            Bytes(output, 8, Message(set => Field(set, 2, () => set.WriteInt64(opset))));
        });
    }

    private static void Write(string folder, string kind, List<(string Name, byte[] Tensor)> values)
    {
        var present = values.Where(each => each.Name.Length > 0).ToArray();
        for (var k = 0; k < present.Length; k++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{kind}_{k}.pb"), present[k].Tensor);
        }
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            write(output);
        }

        return memory.ToArray();
    }

    private static void Field(CodedOutputStream output, int field, Action write)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        write();
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }
}
