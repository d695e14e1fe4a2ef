namespace NormCheck.Verification.OnnxTests;

/// <summary>The operators of the ONNX standard that normalize, and the opsets in which each was defined anew.</summary>
internal static class NodeOperators
{
    public const string BatchNormalization = "BatchNormalization";
    public const string InstanceNormalization = "InstanceNormalization";
    public const string LayerNormalization = "LayerNormalization";
    public const string GroupNormalization = "GroupNormalization";
    public const string RmsNormalization = "RMSNormalization";
    public const string MeanVarianceNormalization = "MeanVarianceNormalization";

    /// <summary>Source: the operator list of the standard, docs/Changelog.md.</summary>
    private static readonly Dictionary<string, int[]> s_versions = new()
    {
        [BatchNormalization] = [1, 6, 7, 9, 14, 15],
        [InstanceNormalization] = [1, 6, 22],
        [LayerNormalization] = [17],
        [GroupNormalization] = [18, 21],
        [RmsNormalization] = [23],
        [MeanVarianceNormalization] = [9, 13],
    };

    /// <summary>True for the standard's own operators: a custom domain may mean anything by the same word.</summary>
    public static bool IsNorm(OnnxNode node) =>
        node.Domain is "" or "ai.onnx" && s_versions.ContainsKey(node.Operator);

    /// <summary>The version of the operator that an opset means; 0 where the operator is younger.</summary>
    public static int Version(OnnxNode node, long opset) =>
        s_versions[node.Operator].LastOrDefault(version => version <= opset);

    /// <summary>Operator and version, as the standard's documents name them.</summary>
    public static string Name(OnnxNode node, long opset) =>
        $"{node.Operator}-{Version(node, opset)}";
}
