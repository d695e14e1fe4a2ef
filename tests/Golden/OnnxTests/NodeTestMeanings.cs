using NormCheck.Contract;
using NormCheck.Properties.Cli;
using NormCheck.Verification.OnnxTests;

namespace NormCheck.Golden.OnnxTests;

/// <summary>
/// What each operator and version means, on nodes whose outputs are worked by hand: ε is chosen so that every root is exact.
/// </summary>
public class NodeTestMeanings
{
    private static readonly int[] s_row = [1, 4];

    internal static (int Code, string Out, string Error) Judge(
        NodeTestWriter node,
        string backend = "reference",
        int nodes = 1
    )
    {
        using var folder = new TemporaryFolder();
        return CommandLine.Run(
            "onnx-tests",
            node.WriteTo(folder.File("test"), nodes),
            backend,
            "--contract",
            "faithful"
        );
    }

    private static void Holds(NodeTestWriter node, string backend = "simd")
    {
        var run = Judge(node, backend);
        Assert.True(run.Code == 0, run.Out + run.Error);
        Assert.Contains(
            "files: 1 hold, 0 fail, 0 not supported",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains($"{backend}: 1 hold", run.Out, StringComparison.Ordinal);
    }

    /// <summary>x = −3, −1, 1, 3: v = 5, ε = 4, σ = 3. γ = 3, β = 1. InvStdDev rounds 1/3.</summary>
    internal static NodeTestWriter Layer(int[] scale, params double[] gamma) =>
        new NodeTestWriter("LayerNormalization", 17)
            .Number("epsilon", 4)
            .Input("X", s_row, -3, -1, 1, 3)
            .Input("Scale", scale, gamma);

    /// <summary>y = 3·x/3 + 1, mean 0, 1/σ = ⅓.</summary>
    [Fact]
    public void Layer_norm_with_its_statistics() =>
        Holds(
            Layer([4], 3, 3, 3, 3)
                .Input("B", [4], 1, 1, 1, 1)
                .Output("Y", s_row, -2, 0, 2, 4)
                .Output("Mean", [1, 1], 0)
                .Output("InvStdDev", [1, 1], 1.0 / 3)
        );

    /// <summary>Optional inputs and outputs may be missing, at the end or with an empty name.</summary>
    [Fact]
    public void Layer_norm_without_bias_and_mean() =>
        Holds(
            Layer([4], 3, 6, 9, 12)
                .NoInput()
                .Output("Y", s_row, -3, -2, 3, 12)
                .NoOutput()
                .Output("InvStdDev", [1, 1], 1.0 / 3)
        );

    /// <summary>Scale and bias broadcast: one number for all positions, or leading axes of extent 1.</summary>
    [Fact]
    public void Layer_norm_broadcasts_its_scale()
    {
        Holds(Layer([1], 3).Output("Y", s_row, -3, -1, 1, 3));
        Holds(Layer([1, 4], 3, 6, 9, 12).Output("Y", s_row, -3, -2, 3, 12));
        Holds(Layer([], 3).Output("Y", s_row, -3, -1, 1, 3));
    }

    /// <summary>The mean of 0, 2, 4, 4 stays in: mean square 9, ε = 16, root 5.</summary>
    [Fact]
    public void Rms_norm_keeps_the_mean() =>
        Holds(
            new NodeTestWriter("RMSNormalization", 23)
                .Number("epsilon", 16)
                .Int("axis", -1)
                .Input("X", s_row, 0, 2, 4, 4)
                .Input("scale", [4], 5, 5, 5, 10)
                .Output("Y", s_row, 0, 2, 4, 8)
        );

    /// <summary>Groups (−3, 3) and (10, 14): x̂ is −1, 1, −1, 1.</summary>
    private static NodeTestWriter Groups(int opset) =>
        new NodeTestWriter("GroupNormalization", opset)
            .Int("num_groups", 2)
            .Number("epsilon", 0)
            .Input("X", s_row, -3, 3, 10, 14);

    /// <summary>18: scale and bias per group. Channels 0, 1 get 2 and 1, channels 2, 3 get 3 and 5.</summary>
    [Fact]
    public void Group_norm_18_scales_groups() =>
        Holds(
            Groups(18)
                .Input("scale", [2], 2, 3)
                .Input("bias", [2], 1, 5)
                .Output("Y", s_row, -1, 3, 2, 8)
        );

    /// <summary>21: per channel.</summary>
    [Fact]
    public void Group_norm_21_scales_channels() =>
        Holds(
            Groups(21)
                .Input("scale", [4], 2, 3, 4, 5)
                .Input("bias", [4], 1, 1, 0, 0)
                .Output("Y", s_row, -1, 4, -4, 5)
        );

    /// <summary>The scales of 18 in the place of those of 21 are a misfit, not a broadcast.</summary>
    [Fact]
    public void Scales_of_the_other_version_are_bad_input()
    {
        var run = Judge(
            Groups(21)
                .Input("scale", [2], 2, 3)
                .Input("bias", [2], 1, 5)
                .Output("Y", s_row, -1, 3, 2, 8)
        );
        Assert.Equal(2, run.Code);
        Assert.Contains(
            "expected gamma of shape [4], got [2]",
            run.Error,
            StringComparison.Ordinal
        );
    }

    /// <summary>x = 0, 2: μ = 1, v = 1 (divisor 2, stored too); keeps 0.75: 0.75·4 + 0.25·1 and 0.75·9 + 0.25·1.</summary>
    [Fact]
    public void Batch_norm_trains_with_the_share_it_keeps() =>
        Holds(
            new NodeTestWriter("BatchNormalization", 15)
                .Int("training_mode", 1)
                .Number("momentum", 0.75f)
                .Number("epsilon", 3)
                .Input("X", [2, 1], 0, 2)
                .Input("s", [1], 4)
                .Input("bias", [1], 1)
                .Input("mean", [1], 4)
                .Input("var", [1], 9)
                .Output("y", [2, 1], -1, 3)
                .Output("output_mean", [1], 3.25)
                .Output("output_var", [1], 7)
        );

    /// <summary>The same node without training_mode: (x − 4)/√(13 + 3)·4 + 1.</summary>
    [Fact]
    public void Batch_norm_infers_by_default() =>
        Holds(
            new NodeTestWriter("BatchNormalization", 9)
                .Number("epsilon", 3)
                .Input("X", [2, 1], 0, 2)
                .Input("s", [1], 4)
                .Input("bias", [1], 1)
                .Input("mean", [1], 4)
                .Input("var", [1], 13)
                .Output("y", [2, 1], -3, -1)
        );

    /// <summary>Any of the three meanings of axes: over samples and positions, positions, or trailing axes.</summary>
    [Theory]
    [InlineData("bn", new long[0])]
    [InlineData("bn", new long[] { 0, 2, 3 })]
    [InlineData("in", new long[] { 2, -1 })]
    [InlineData("ln", new long[] { 1, 2, 3 })]
    [InlineData("ln", new long[] { 3 })]
    public void Mean_variance_norm_over_axes(string op, long[] axes)
    {
        using var folder = new TemporaryFolder();
        var node = new NodeTestWriter("MeanVarianceNormalization", 13)
            .Input("X", [1, 1, 1, 2], -2, 2)
            .Output("Y", [1, 1, 1, 2], -1, 1);
        node = axes.Length > 0 ? node.Ints("axes", axes) : node;
        var test = Assert.Single(NodeTestReader.Read(node.WriteTo(folder.File("test"))).Tests);

        Assert.Equal(op, test.Problem.Op.Word());
        Assert.Equal("onnx-mvn", test.Problem.Convention.Name);
        Assert.Equal(op == "ln" ? (int)axes[0] : 0, test.Problem.Axis);
    }

    /// <summary>Half precision: 16-bit patterns in int32_data; scale and bias have the type of x.</summary>
    [Fact]
    public void Half_precision_and_the_lists_of_values()
    {
        byte[] Half(params double[] values) =>
            NodeTestWriter.ListTensor(NodeTestWriter.Float16, [1, values.Length], values);

        using var folder = new TemporaryFolder();
        var node = new NodeTestWriter("LayerNormalization", 17)
            .Number("epsilon", 4)
            .Input("X", Half(-3, -1, 1, 3))
            .Input("Scale", Half(3, 3, 3, 3))
            .Input("B", NodeTestWriter.Tensor(NodeTestWriter.Float16, [4], 1, 1, 1, 1))
            .Output("Y", s_row, -2, 0, 2, 4);
        var test = Assert.Single(NodeTestReader.Read(node.WriteTo(folder.File("test"))).Tests);

        Assert.Equal(DType.F16, test.Problem.DType);
        Assert.Equal([-3, -1, 1, 3], test.Inputs.Require(TensorRole.X).ToDoubles());
        Assert.Equal([3, 3, 3, 3], test.Inputs.Require(TensorRole.Gamma).ToDoubles());
        Assert.Equal([1, 1, 1, 1], test.Inputs.Require(TensorRole.Beta).ToDoubles());
    }

    [Theory]
    [InlineData(NodeTestWriter.Float)]
    [InlineData(NodeTestWriter.Double)]
    public void Lists_of_values_are_read_as_raw_data_is(int type)
    {
        using var folder = new TemporaryFolder();
        NodeTestWriter Node(byte[] tensor) =>
            new NodeTestWriter("MeanVarianceNormalization", 13)
                .Ints("axes", 1)
                .Input("X", tensor)
                .Output("Y", s_row, 0, 0, 0, 0);

        double[] values = [1.5, -2.25, 1e-3, 4e5];
        var raw = NodeTestReader.Read(
            Node(NodeTestWriter.Tensor(type, s_row, values)).WriteTo(folder.File("raw"))
        );
        var list = NodeTestReader.Read(
            Node(NodeTestWriter.ListTensor(type, s_row, values)).WriteTo(folder.File("list"))
        );

        Assert.Equal(
            raw.Tests[0].Inputs.Require(TensorRole.X).Data.ToArray(),
            list.Tests[0].Inputs.Require(TensorRole.X).Data.ToArray()
        );
    }
}
