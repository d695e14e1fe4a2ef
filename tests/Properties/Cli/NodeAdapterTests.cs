using System.Text.Json;
using System.Text.RegularExpressions;
using NormCheck.Verification.Cases;
using Xunit;

namespace NormCheck.Properties.Cli;

/// <summary>Real systems from npm: their known defects are found, named, and shown by scripts that need the system alone.</summary>
public sealed partial class NodeAdapterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What a report says of a finding.</summary>
    private sealed record Found(
        string Op,
        string Layout,
        string CauseId,
        string Case,
        string? Script
    );

    private Found[] Verify(string backend, params string[] options)
    {
        var run = CommandLine.Run([
            "verify",
            backend,
            "--cases",
            "200",
            "--laws",
            "none",
            "--report",
            "json",
            "--out",
            _folder.File("out"),
            .. options,
        ]);
        Assert.True(run.Code is 0 or 1, run.Error);
        using var report = JsonDocument.Parse(File.ReadAllText(_folder.File("out/report.json")));
        return
        [
            .. report
                .RootElement.GetProperty("findings")
                .EnumerateArray()
                .Select(each => new Found(
                    each.GetProperty("cell").GetProperty("op").GetString()!,
                    each.GetProperty("cell").GetProperty("layout").GetString()!,
                    each.GetProperty("cause_id").GetString()!,
                    each.GetProperty("case").GetString()!,
                    each.GetProperty("files")
                        .EnumerateArray()
                        .Select(file => file.GetString()!)
                        .FirstOrDefault(file => file.EndsWith(".cjs", StringComparison.Ordinal))
                )),
        ];
    }

    private static (int Code, string Output) RunScript(string script, string packages) =>
        Tools.Run("env", $"NODE_PATH={Path.Combine(packages, "node_modules")}", "node", script);

    [SkippableFact]
    public void Onnx_Runtime_1_20_forms_the_variance_of_layer_norm_in_one_pass_and_1_30_does_not()
    {
        var (older, newer) = (
            Tools.NeedAdapter("onnxruntime@1.20.1"),
            Tools.NeedAdapter("onnxruntime@1.30.0")
        );

        var found = Assert.Single(Verify("onnxruntime@1.20.1", "--ops", "ln", "--dtypes", "f32"));
        Assert.Equal("one-pass-variance", found.CauseId);
        var shape = Case.Parse(found.Case).Problem.Shape;
        Assert.InRange(shape.Count, 2, 4);

        var shown = RunScript(found.Script!, older);
        Assert.True(shown.Code == 1, shown.Output);
        Assert.Contains("y of ONNX Runtime: ", shown.Output, StringComparison.Ordinal);
        Assert.Equal(0, RunScript(found.Script!, newer).Code);

        Assert.Empty(Verify("onnxruntime@1.30.0", "--ops", "ln"));
        Assert.Equal(
            ["one-pass-variance"],
            Verify("onnxruntime@1.30.0", "--ops", "gn", "--dtypes", "f32").Select(f => f.CauseId)
        );
    }

    [SkippableFact]
    public void Onnx_Runtime_says_what_a_version_lacks()
    {
        Tools.NeedAdapter("onnxruntime@1.20.1");
        var run = CommandLine.Run("check", "onnxruntime@1.20.1", "rms fwd f32 2x3 convention=onnx");

        Assert.Equal(3, run.Code);
        Assert.Matches(Lacks(), run.Error);
    }

    [GeneratedRegex("declines the case: ONNX Runtime 1.20.1: .*Unsupported model IR version: 11")]
    private static partial Regex Lacks();

    [SkippableTheory]
    [InlineData("onnxruntime:gn18", "gn fwd f32 nchw 2x4x3x3 groups=2 convention=onnx-gn18")]
    [InlineData("onnxruntime:skip", "ln fwd f32 2x3x8 saved=no convention=onnx")]
    [InlineData("onnxruntime:unoptimized", "ln fwd f32 2x3x8 axis=1 convention=onnx")]
    [InlineData("onnxruntime", "gn fwd f32 nchw 2x4x3x3 groups=2 convention=onnx")]
    [InlineData("onnxruntime", "bn train f32 nchw 2x4x3x3 convention=onnx")]
    [InlineData("onnxruntime", "bn infer f16 nchw 2x4x3x3 convention=onnx")]
    [InlineData("onnxruntime", "in fwd f16 nchw 2x4x3x3 affine=none convention=onnx")]
    [InlineData("onnxruntime", "rms fwd f16 4x8 affine=none convention=onnx")]
    public void Onnx_Runtime_computes(string backend, string text)
    {
        Tools.NeedAdapter(backend);
        var run = CommandLine.Run("check", backend, text + " seed=1", "--laws", "none");

        Assert.True(run.Code == 0, run.Out + run.Error);
        Assert.Contains("holds", run.Out, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void TensorFlow_js_takes_statistics_in_turns_where_the_channel_axis_is_not_the_last()
    {
        var packages = Tools.NeedAdapter("tfjs");

        var all = Verify("tfjs");
        Assert.All(all, found => Assert.Equal(("bn", "channels-first"), (found.Op, found.Layout)));
        var named = Assert.Single(all, found => found.CauseId == "statistics-channels-last");
        Assert.InRange(Case.Parse(named.Case).Problem.Shape.Count, 2, 8);
        var shown = RunScript(named.Script!, packages);
        Assert.True(shown.Code == 1, shown.Output);
        Assert.Contains("y by definition: ", shown.Output, StringComparison.Ordinal);
    }
}
