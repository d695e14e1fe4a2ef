using NormCheck.Properties;
using NormCheck.Properties.Cli;

namespace NormCheck.Golden.OnnxTests;

/// <summary>Files that are not what they should be: one clear line that names the file, and exit code 2.</summary>
public class MalformedNodeTests
{
    private static readonly int[] s_row = [1, 2];

    private static NodeTestWriter Node() =>
        new NodeTestWriter("LayerNormalization", 17)
            .Input("X", s_row, -1, 1)
            .Input("Scale", [2], 1, 1)
            .Output("Y", s_row, -1, 1);

    private static void IsBadInput(string folder, params string[] says)
    {
        var run = CommandLine.Run("onnx-tests", folder, "simd");
        Assert.Equal(2, run.Code);
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(says, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.Equal("", run.Out);
    }

    [Fact]
    public void No_folder_and_no_test()
    {
        using var folder = new TemporaryFolder();
        IsBadInput(folder.File("missing"), "no folder", "model.onnx");
        Directory.CreateDirectory(folder.File("empty"));
        IsBadInput(folder.File("empty"), "no ONNX node test", "model.onnx");
    }

    [Theory]
    [InlineData("model.onnx", "ModelProto")]
    [InlineData("test_data_set_0/input_0.pb", "TensorProto")]
    [InlineData("test_data_set_0/output_0.pb", "TensorProto")]
    public void Bytes_that_are_no_protocol_buffer(string file, string what)
    {
        using var folder = new TemporaryFolder();
        var test = Node().WriteTo(folder.File("test"));
        var path = Path.Combine(test, file);

        File.WriteAllText(path, "what is this");
        IsBadInput(test, Path.GetFileName(file), $"is not an ONNX {what}");

        File.WriteAllBytes(path, []);
        IsBadInput(test, Path.GetFileName(file), $"is not an ONNX {what}");
    }

    /// <summary>Every length of a file, and every byte of it changed: an error or a result, never a crash.</summary>
    [Fact]
    public void Cut_and_bent_files_never_crash()
    {
        using var folder = new TemporaryFolder();
        var test = Node().WriteTo(folder.File("test"));
        foreach (var file in new[] { "model.onnx", "test_data_set_0/input_0.pb" })
        {
            var path = Path.Combine(test, file);
            var whole = File.ReadAllBytes(path);
            for (var at = 0; at < whole.Length; at++)
            {
                File.WriteAllBytes(path, whole[..at]);
                NeverCrashes(test, $"{file} cut at {at}");
                foreach (var mask in new byte[] { 0x01, 0x80, 0xFF })
                {
                    var bent = whole.ToArray();
                    bent[at] ^= mask;
                    File.WriteAllBytes(path, bent);
                    NeverCrashes(test, $"{file}: byte {at} with {mask:x2}");
                }
            }

            File.WriteAllBytes(path, whole);
        }
    }

    private static void NeverCrashes(string test, string what)
    {
        var run = CommandLine.Run("onnx-tests", test, "simd");
        Assert.DoesNotContain("internal error", run.Error, StringComparison.Ordinal);
        Assert.True(run.Code is >= 0 and <= 3, what);
    }

    [Fact]
    public void Data_that_do_not_fit_their_shape()
    {
        using var folder = new TemporaryFolder();
        var test = Node().WriteTo(folder.File("test"));
        File.WriteAllBytes(
            Path.Combine(test, "test_data_set_0/input_0.pb"),
            NodeTestWriter.Tensor(NodeTestWriter.Float, [2, 2], 1, 2, 3)
        );
        IsBadInput(test, "input_0.pb", "f32 [2, 2] needs 16 bytes, 12 are there");
    }

    [Fact]
    public void An_output_of_another_shape()
    {
        using var folder = new TemporaryFolder();
        var test = new NodeTestWriter("LayerNormalization", 17)
            .Input("X", s_row, -1, 1)
            .Input("Scale", [2], 1, 1)
            .Output("Y", [1, 3], -1, 1, 0)
            .WriteTo(folder.File("test"));
        IsBadInput(test, "expected y of shape [1, 2], got [1, 3]");
    }

    [Fact]
    public void A_file_that_is_missing()
    {
        using var folder = new TemporaryFolder();
        var test = Node().WriteTo(folder.File("test"));
        File.Delete(Path.Combine(test, "test_data_set_0/input_1.pb"));
        IsBadInput(test, "expected a file for 'Scale' (gamma), it is missing");
    }

    [Fact]
    public void An_axis_out_of_range()
    {
        using var folder = new TemporaryFolder();
        IsBadInput(
            Node().Int("axis", 7).WriteTo(folder.File("test")),
            "expected an axis between -2 and 1, got 7"
        );
    }
}
