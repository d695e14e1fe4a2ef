using System.Text.Json;
using NormCheck.Properties.Cli;
using Xunit;

namespace NormCheck.Properties.Identify;

/// <summary>What is found out about real systems: their documented conventions, and their known deviations from them.</summary>
public sealed class RealSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void PyTorch_follows_its_convention_but_for_two_defects()
    {
        Tools.NeedPython("torch");
        using var found = Identify("pytorch");

        Assert.Equal("pytorch", Assert.Single(Nearest(found)));
        Assert.Equal(["in backward", "gn statistics"], Differences(found));
        Assert.Equal(["S/(m − 1)"], Answer(found, "bn", "stored"));
        Assert.Equal(["β: 1/√0 is taken as 0"], Answer(found, "bn", "degenerate"));
        Assert.Equal(["an error"], Answer(found, "bn", "single-element"));
    }

    [SkippableFact]
    public void PyTorch_with_momentum_none_averages_all_batches()
    {
        Tools.NeedPython("torch");
        using var found = Identify("pytorch:cumulative", "--ops", "bn");

        Assert.Contains("pytorch-cumulative", Nearest(found));
        Assert.Equal(["the mean of all batches so far"], Answer(found, "bn", "running"));
    }

    [SkippableFact]
    public void ONNX_Runtime_stores_the_population_variance_and_its_group_norm_is_one_pass()
    {
        Tools.NeedAdapter("onnxruntime@1.30.0");
        using var found = Identify("onnxruntime@1.30.0");

        Assert.Equal(["gn statistics"], Differences(found));
        Assert.Equal(["S/m"], Answer(found, "bn", "stored"));
        Assert.Equal(["one pass: Σx²/m − μ²"], Answer(found, "gn", "statistics"));
        Assert.Equal(["deviations from the mean"], Answer(found, "ln", "statistics"));
    }

    [SkippableFact]
    public void ONNX_Runtime_1_20_has_a_layer_norm_of_one_pass()
    {
        Tools.NeedAdapter("onnxruntime@1.20.1");
        using var found = Identify("onnxruntime@1.20.1", "--ops", "ln");

        Assert.Equal(["one pass: Σx²/m − μ²"], Answer(found, "ln", "statistics"));
    }

    [SkippableFact]
    public void TensorFlow_js_is_Keras_where_channels_are_last()
    {
        Tools.NeedAdapter("tfjs");
        using var found = Identify("tfjs");

        Assert.Contains("keras3", Nearest(found));
        Assert.Empty(Differences(found));
        Assert.Empty(Answer(found, "bn", "divisor", layout: "channels-first"));
        Assert.Equal(["S/m"], Answer(found, "bn", "divisor", layout: "channels-last"));
    }

    [SkippableFact]
    public void oneDNN_follows_the_convention_of_the_header()
    {
        Tools.NeedLibrary("onednn");
        using var found = Identify("onednn");

        Assert.Contains("normcheck", Nearest(found));
        Assert.Empty(Differences(found));
        Assert.Equal(["1/√(v + ε)"], Answer(found, "ln", "saved"));
    }

    private JsonDocument Identify(string backend, params string[] options)
    {
        var file = _folder.File("identity.json");
        var run = CommandLine.Run(["identify", backend, "--json", file, .. options]);
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(File.ReadAllText(file));
    }

    private static string[] Nearest(JsonDocument found) =>
        [
            .. found
                .RootElement.GetProperty("nearest")
                .EnumerateArray()
                .Select(each => each.GetProperty("convention").GetString()!),
        ];

    /// <summary>In what the nearest convention differs.</summary>
    private static string[] Differences(JsonDocument found) =>
        Words(found.RootElement.GetProperty("nearest")[0].GetProperty("differences"));

    private static string[] Answer(
        JsonDocument found,
        string op,
        string trait,
        string? layout = null
    ) =>
        Words(
            found
                .RootElement.GetProperty("ops")
                .EnumerateArray()
                .Where(each => each.GetProperty("op").GetString() == op)
                .First(each =>
                    layout is null || Words(each.GetProperty("layouts")).Contains(layout)
                )
                .GetProperty("traits")
                .EnumerateArray()
                .Single(each => each.GetProperty("id").GetString() == trait)
                .GetProperty("possible")
        );

    private static string[] Words(JsonElement list) =>
        [.. list.EnumerateArray().Select(each => each.GetString()!)];
}
