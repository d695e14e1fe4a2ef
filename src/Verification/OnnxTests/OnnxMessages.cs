using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>What is needed of ONNX's ModelProto: the version of the standard operators, and the graph.</summary>
internal sealed record OnnxModel(long Opset, OnnxGraph Graph);

/// <summary>GraphProto: nodes, constants, and the names of inputs and outputs in the order of the files beside it.</summary>
internal sealed record OnnxGraph(
    IReadOnlyList<OnnxNode> Nodes,
    IReadOnlyList<OnnxTensor> Initializers,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs
);

/// <summary>NodeProto. An input or output that is left out has an empty name.</summary>
internal sealed record OnnxNode(
    string Operator,
    string Domain,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, OnnxAttribute> Attributes
)
{
    public float Float(string name, float absent) =>
        Attributes.TryGetValue(name, out var attribute) ? attribute.Float : absent;

    public long Int(string name, long absent) =>
        Attributes.TryGetValue(name, out var attribute) ? attribute.Int : absent;

    public IReadOnlyList<long> Ints(string name, IReadOnlyList<long> absent) =>
        Attributes.TryGetValue(name, out var attribute) ? attribute.Ints : absent;

    /// <summary>Name of an input, empty where it is left out.</summary>
    public string Input(int index) => index < Inputs.Count ? Inputs[index] : "";

    /// <summary>Name of an output, empty where it is left out.</summary>
    public string Output(int index) => index < Outputs.Count ? Outputs[index] : "";
}

/// <summary>AttributeProto, as far as norms have attributes: a float, a whole number, or a list of those.</summary>
internal sealed record OnnxAttribute(string Name, float Float, long Int, IReadOnlyList<long> Ints);

/// <summary>TensorProto. <see cref="Value"/> is null for an element type that NormCheck does not have.</summary>
internal sealed record OnnxTensor(string Name, OnnxElement Element, Shape Shape, Tensor? Value);

/// <summary>TensorProto.DataType, by its number in the standard.</summary>
internal enum OnnxElement
{
    Undefined = 0,
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    UInt32 = 12,
    UInt64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    BFloat16 = 16,
}

internal static class OnnxElements
{
    /// <summary>NormCheck's element type; null where it has none.</summary>
    public static DType? DType(this OnnxElement element) =>
        element switch
        {
            OnnxElement.Float => Contract.DType.F32,
            OnnxElement.Double => Contract.DType.F64,
            OnnxElement.Float16 => Contract.DType.F16,
            OnnxElement.BFloat16 => Contract.DType.BF16,
            _ => null,
        };
}
