using Google.Protobuf;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// Reads the few messages of onnx.proto3 that a node test holds, field by field; what is not needed is skipped. Files may
/// come from anywhere: whatever is wrong with one ends as one line that names it.
/// </summary>
internal static class OnnxReader
{
    /// <exception cref="InputException">The file is no ModelProto with a graph.</exception>
    public static OnnxModel ReadModel(string path) => Read(path, "ModelProto", Model);

    /// <exception cref="InputException">The file is no TensorProto.</exception>
    public static OnnxTensor ReadTensor(string path) =>
        Read(path, "TensorProto", TensorProtoReader.Read);

    private static T Read<T>(string path, string what, Func<ProtobufMessage, T> read)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {OneLine.Of(error.Message)}");
        }

        try
        {
            return read(new(new CodedInputStream(bytes)));
        }
        catch (InvalidProtocolBufferException)
        {
            throw new InputException(
                $"'{path}' is not an ONNX {what}: its {bytes.Length} bytes are no protocol buffer"
            );
        }
        catch (InputException error)
        {
            throw new InputException($"'{path}' is not an ONNX {what}: {error.Message}");
        }
    }

    private static OnnxModel Model(ProtobufMessage message)
    {
        var opset = 0L;
        OnnxGraph? graph = null;
        while (message.Next() is var field and not 0)
        {
            switch (field)
            {
                case 7:
                    graph = Graph(message.Message());
                    break;
                case 8:
                    var (domain, version) = OperatorSet(message.Message());
                    opset = domain is "" or "ai.onnx" ? version : opset;
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return new(opset, graph ?? throw new InputException("it has no graph"));
    }

    private static (string Domain, long Version) OperatorSet(ProtobufMessage message)
    {
        var (domain, version) = ("", 0L);
        while (message.Next() is var field and not 0)
        {
            switch (field)
            {
                case 1:
                    domain = message.Text();
                    break;
                case 2:
                    version = message.Whole();
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return (domain, version);
    }

    private static OnnxGraph Graph(ProtobufMessage message)
    {
        var nodes = new List<OnnxNode>();
        var initializers = new List<OnnxTensor>();
        var (inputs, outputs) = (new List<string>(), new List<string>());
        while (message.Next() is var field and not 0)
        {
            switch (field)
            {
                case 1:
                    nodes.Add(Node(message.Message()));
                    break;
                case 5:
                    initializers.Add(TensorProtoReader.Read(message.Message()));
                    break;
                case 11:
                    inputs.Add(ValueName(message.Message()));
                    break;
                case 12:
                    outputs.Add(ValueName(message.Message()));
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return new(nodes, initializers, inputs, outputs);
    }

    private static string ValueName(ProtobufMessage message)
    {
        var name = "";
        while (message.Next() is var field and not 0)
        {
            if (field == 1)
            {
                name = message.Text();
            }
            else
            {
                message.Skip();
            }
        }

        return name;
    }

    private static OnnxNode Node(ProtobufMessage message)
    {
        var (inputs, outputs) = (new List<string>(), new List<string>());
        var (type, domain) = ("", "");
        var attributes = new Dictionary<string, OnnxAttribute>(StringComparer.Ordinal);
        while (message.Next() is var field and not 0)
        {
            switch (field)
            {
                case 1:
                    inputs.Add(message.Text());
                    break;
                case 2:
                    outputs.Add(message.Text());
                    break;
                case 4:
                    type = message.Text();
                    break;
                case 5:
                    var attribute = Attribute(message.Message());
                    attributes[attribute.Name] = attribute;
                    break;
                case 7:
                    domain = message.Text();
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return new(type, domain, inputs, outputs, attributes);
    }

    private static OnnxAttribute Attribute(ProtobufMessage message)
    {
        var (name, number, whole) = ("", 0f, 0L);
        var wholes = new List<long>();
        while (message.Next() is var field and not 0)
        {
            switch (field)
            {
                case 1:
                    name = message.Text();
                    break;
                case 2:
                    number = message.Single();
                    break;
                case 3:
                    whole = message.Whole();
                    break;
                case 8:
                    message.Wholes(wholes);
                    break;
                default:
                    message.Skip();
                    break;
            }
        }

        return new(name, number, whole, wholes);
    }
}
