using NormCheck.Properties;
using NormCheck.Properties.Cli;

namespace NormCheck.Golden.OnnxTests;

/// <summary>
/// The node tests of ONNX in this folder's onnx-node, whole and with one number changed, on right and wrong backends.
/// </summary>
public class NodeTestVerdicts
{
    private const string Data = "tests/Golden/onnx-node";

    private static string Folder => Path.Combine(Tools.Root, Data);

    private static (int Code, string Out, string Error) Run(string folder, params string[] rest) =>
        CommandLine.Run(["onnx-tests", folder, .. rest]);

    [Theory]
    [InlineData("simd")]
    [InlineData("scalar")]
    [InlineData("variant:welford")]
    [InlineData("variant:pairwise")]
    public void Right_kernels_pass_all_but_what_they_do_not_have(string backend)
    {
        var run = Run(Folder, backend);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(
            "files: 21 hold, 0 fail, 0 not supported",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("20 hold, 0 fail, 1 not supported", run.Out, StringComparison.Ordinal);
        Assert.Contains(
            "test_mvn: convention normcheck means something else than onnx-mvn here",
            run.Out,
            StringComparison.Ordinal
        );
    }

    /// <summary>What no kernel here has, the reference has under ONNX's own convention.</summary>
    [Fact]
    public void The_reference_passes_mean_variance_norm()
    {
        var run = Run(Path.Combine(Folder, "test_mvn"), "reference:onnx-mvn");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("reference:onnx-mvn: 1 hold, 0 fail", run.Out, StringComparison.Ordinal);
    }

    /// <summary>The strictest contract that its kernels claim.</summary>
    [Fact]
    public void Simd_is_faithful_on_all_of_them()
    {
        var run = Run(Folder, "simd", "--contract", "faithful");

        Assert.Contains("simd: 20 hold, 0 fail", run.Out, StringComparison.Ordinal);

        // NumPy's binary32 arithmetic, which made the files, is not: the finding is about files alone.
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain("files: 21 hold", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m8", "test_layer_normalization_4d_axis2")] // γ ignored
    [InlineData("eps-01", "test_batchnorm_example")] // ε outside the root
    [InlineData("m29", "test_batchnorm_example_training_mode")] // momentum and its complement exchanged
    public void Wrong_kernels_are_found(string fault, string test)
    {
        var run = Run(Path.Combine(Folder, test), $"fault:{fault}");

        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Contains("files: 1 hold, 0 fail", run.Out, StringComparison.Ordinal);
        Assert.Contains("0 hold, 1 fail, 0 not supported", run.Out, StringComparison.Ordinal);
    }

    /// <summary>One expected number, one per mille off, in each output of a layer norm and of a training step.</summary>
    [Theory]
    [InlineData("test_layer_normalization_2d_axis_negative_1", 0, "y")]
    [InlineData("test_layer_normalization_2d_axis_negative_1", 1, "saved_mean")]
    [InlineData("test_layer_normalization_2d_axis_negative_1", 2, "saved_inv_std")]
    [InlineData("test_batchnorm_example_training_mode", 1, "running_mean")]
    [InlineData("test_batchnorm_example_training_mode", 2, "running_var")]
    [InlineData("test_mvn", 0, "y")]
    [InlineData("test_group_normalization_example", 0, "y")]
    [InlineData("test_rms_normalization_default_axis", 0, "y")]
    public void A_changed_expected_value_is_a_finding(string test, int output, string role)
    {
        using var folder = new TemporaryFolder();
        var copy = Copy(Path.Combine(Folder, test), folder.File("changed"));
        var path = Path.Combine(copy, "test_data_set_0", $"output_{output}.pb");
        var bytes = File.ReadAllBytes(path);

        // The data is the last field of these files, so its last number is the last four bytes.
        var value = BitConverter.ToSingle(bytes, bytes.Length - 4);
        BitConverter.GetBytes(value * 1.001f).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(path, bytes);
        var run = Run(copy, "reference");

        Assert.True(run.Code == 1, run.Out + run.Error);
        Assert.Contains($"the file's {role}[", run.Out, StringComparison.Ordinal);
        Assert.Contains("files: 0 hold, 1 fail", run.Out, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Onnx_runtime_passes_the_standards_own_tests()
    {
        var run = Run(Folder, "onnxruntime");
        Tools.Need(run.Code != 3, "ONNX Runtime (bash backends/onnxruntime/install.sh)");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("20 hold, 0 fail, 1 not supported", run.Out, StringComparison.Ordinal);
    }

    /// <summary>PyTorch stores another variance: its running statistics are left out and named, its y is judged.</summary>
    [SkippableFact]
    public void A_backend_of_another_convention_is_judged_on_what_both_mean()
    {
        Tools.NeedPython("torch");
        var run = Run(Path.Combine(Folder, "test_batchnorm_example_training_mode"), "pytorch");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(
            "test_batchnorm_example_training_mode: running_mean, running_var",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("pytorch: 1 hold, 0 fail", run.Out, StringComparison.Ordinal);
    }

    private static string Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }
}
