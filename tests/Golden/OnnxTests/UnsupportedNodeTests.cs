using NormCheck.Properties.Cli;

namespace NormCheck.Golden.OnnxTests;

/// <summary>What cannot be said as a problem is listed with its reason, and nothing is dropped without a word.</summary>
public class UnsupportedNodeTests
{
    private static readonly int[] s_row = [1, 4];

    private static NodeTestWriter Layer(int[] scale, params double[] gamma) =>
        NodeTestMeanings.Layer(scale, gamma);

    private static void IsNotSupported(NodeTestWriter node, string reason, int nodes = 1)
    {
        var run = NodeTestMeanings.Judge(node, nodes: nodes);
        Assert.Equal(3, run.Code);
        Assert.Contains("Not supported, for NormCheck's model", run.Out, StringComparison.Ordinal);
        Assert.Contains(reason, run.Out, StringComparison.Ordinal);
    }

    /// <summary>A scale for every row is no parameter of a layer norm.</summary>
    [Fact]
    public void A_scale_that_varies_from_row_to_row() =>
        IsNotSupported(
            new NodeTestWriter("LayerNormalization", 17)
                .Input("X", [2, 2], -1, 1, -1, 1)
                .Input("Scale", [2, 1, 2], 1, 1, 2, 2)
                .Output("Y", [2, 2], -1, 1, -2, 2),
            "gamma of shape 2x1x2 varies along axes that are not normalized"
        );

    /// <summary>stash_type names the type of the statistics; NormCheck's is binary32 for f32, binary64 for f64 data.</summary>
    [Fact]
    public void Stash_types_that_are_not_ours()
    {
        IsNotSupported(
            Layer([4], 3, 3, 3, 3).Int("stash_type", 16).Output("Y", s_row, -3, -1, 1, 3),
            "stash_type=16: statistics of f32 data in BFloat16, expected Float"
        );
        IsNotSupported(
            new NodeTestWriter("LayerNormalization", 17)
                .Input("X", NodeTestWriter.Tensor(NodeTestWriter.Double, s_row, 1, 2, 3, 4))
                .Input("Scale", NodeTestWriter.Tensor(NodeTestWriter.Double, [4], 1, 1, 1, 1))
                .Output("Y", s_row, 0, 0, 0, 0),
            "stash_type=1: statistics of f64 data in Float, expected Double"
        );
    }

    [Fact]
    public void What_the_model_of_a_norm_does_not_have()
    {
        var row = new NodeTestWriter("MeanVarianceNormalization", 13)
            .Input("X", [1, 2, 1, 2], 1, 2, 3, 4)
            .Output("Y", [1, 2, 1, 2], 0, 0, 0, 0);
        IsNotSupported(row.Ints("axes", 1, 2), "statistics over the axes [1, 2] of 4");
        IsNotSupported(
            Layer([4], 3, 3, 3, 3).Output("Y", s_row, -3, -1, 1, 3),
            "2 nodes, expected one",
            nodes: 2
        );
        IsNotSupported(
            new NodeTestWriter("LayerNormalization", 17)
                .Input("X", [4], -3, -1, 1, 3)
                .Input("Scale", [4], 1, 1, 1, 1)
                .Output("Y", [4], 0, 0, 0, 0),
            "expected a shape of 2 to 5 axes"
        );
        IsNotSupported(
            new NodeTestWriter("RMSNormalization", 22)
                .Input("X", s_row, -3, -1, 1, 3)
                .Input("Scale", [4], 1, 1, 1, 1)
                .Output("Y", s_row, 0, 0, 0, 0),
            "opset 22 has no RMSNormalization"
        );
        IsNotSupported(
            new NodeTestWriter("BatchNormalization", 6)
                .Input("X", s_row, -3, -1, 1, 3)
                .Output("Y", s_row, 0, 0, 0, 0),
            "version 6 has is_test and spatial attributes"
        );
    }

    /// <summary>Other operators are counted, not dropped; a custom domain means what it likes.</summary>
    [Fact]
    public void Other_operators_are_counted()
    {
        using var folder = new TemporaryFolder();
        new NodeTestWriter("Abs", 13)
            .Input("X", [1], -1)
            .Output("Y", [1], 1)
            .WriteTo(folder.File("a"));
        new NodeTestWriter("LayerNormalization", 17) { Domain = "my.ops" }
            .Input("X", [1], -1)
            .Output("Y", [1], 1)
            .WriteTo(folder.File("b"));
        Layer([4], 3, 3, 3, 3).Output("Y", s_row, -3, -1, 1, 3).WriteTo(folder.File("c"));
        var run = CommandLine.Run("onnx-tests", Path.GetDirectoryName(folder.File("a"))!, "simd");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(
            "2 tests of 2 other operators are about no norm",
            run.Out,
            StringComparison.Ordinal
        );
    }
}
