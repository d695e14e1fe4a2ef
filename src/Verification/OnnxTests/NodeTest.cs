using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>One data set of an ONNX node test: a problem with its inputs, and the outputs that the files expect.</summary>
/// <param name="Name">Folder of the test, and of the data set where there are several.</param>
/// <param name="Operator">Operator and the version of it that the model's opset means: LayerNormalization-17.</param>
/// <param name="Problem">The node as a problem; its convention is ONNX's.</param>
/// <param name="Inputs">All tensors of the problem's plan, the inputs filled.</param>
/// <param name="Expected">The outputs of the files; one that the model does not have is absent.</param>
public sealed record NodeTest(
    string Name,
    string Operator,
    NormProblem Problem,
    TensorSet Inputs,
    TensorSet Expected
);

/// <summary>A test that is not judged, and why: NormCheck's model of a norm cannot say what it asks.</summary>
public sealed record UnsupportedTest(string Name, string Operator, string Reason);

/// <summary>What lies in a folder of ONNX node tests.</summary>
/// <param name="Tests">Those that can be judged.</param>
/// <param name="Unsupported">Norms that cannot be expressed, each with its reason.</param>
/// <param name="Others">Number of tests of each operator that is no norm.</param>
public sealed record NodeTestFolder(
    IReadOnlyList<NodeTest> Tests,
    IReadOnlyList<UnsupportedTest> Unsupported,
    IReadOnlyDictionary<string, int> Others
);

/// <summary>What a node asks cannot be said as a <see cref="NormProblem"/>; the message is the reason.</summary>
internal sealed class NotExpressibleException(string reason) : Exception(reason);
