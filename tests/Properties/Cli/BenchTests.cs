using System.Text.Json;
using NormCheck.Cli.Problems;
using NormCheck.Contract;

namespace NormCheck.Properties.Cli;

/// <summary><c>normcheck bench</c> as a user sees it.</summary>
public sealed class BenchTests
{
    [Fact]
    public void Backends_are_timed_and_the_reports_say_the_same()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = CommandLine.Run(
            "bench",
            "simd",
            "scalar",
            "--problem",
            "ln fwd f32 16x64",
            "--problem",
            "bn bwd f32 nhwc 2x3x4x4",
            "--seconds",
            "0.01",
            "--report",
            "json,md",
            "--out",
            folder.File("out"),
            "--quiet"
        );
        Assert.Equal(0, code);
        Assert.Contains("bn bwd f32 nhwc 2x3x4x4", output);
        Assert.Contains("non-temporal", output);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out/bench.json")));
        var problems = json.RootElement.GetProperty("problems");
        Assert.Equal(2, problems.GetArrayLength());
        foreach (var problem in problems.EnumerateArray())
        {
            foreach (var result in problem.GetProperty("results").EnumerateArray())
            {
                Assert.Equal("Completed", result.GetProperty("status").GetString());
                Assert.True(result.GetProperty("right").GetBoolean());
                Assert.Equal("all", result.GetProperty("judged").GetString());
                var median = result.GetProperty("median_ns").GetDouble();
                var bytes = problem.GetProperty("traffic_bytes").GetDouble();
                Assert.Equal(bytes / median, result.GetProperty("gb_per_s").GetDouble(), 1e-9);
            }

            // simd is ours, scalar is the peer; the ratio is the peer's time over ours.
            var (ours, peer) = (Result(problem, 0, "median_ns"), Result(problem, 1, "median_ns"));
            Assert.Equal(peer / ours, Result(problem, 0, "vs_best_peer"), 1e-9);
        }

        Assert.Contains(
            "| ln fwd f32 16x64 | simd |",
            File.ReadAllText(folder.File("out/bench.md"))
        );
    }

    [Fact]
    public void A_wrong_output_is_a_finding()
    {
        var (code, output, _) = CommandLine.Run(
            "bench",
            "fault:m8",
            "--problem",
            "ln fwd f32 16x64",
            "--seconds",
            "0.01",
            "--quiet"
        );
        Assert.Equal(1, code);
        Assert.Contains("WRONG fault:m8, ln fwd f32 16x64", output);
    }

    [Theory]
    [InlineData("--seconds", "0", "expected seconds above 0")]
    [InlineData("--problem", "ln fwd f32", "shape")]
    [InlineData("--problems", "nosuch", "nosuch")]
    [InlineData("--report", "html", "unknown report 'html'")]
    public void Bad_input_is_one_line(string option, string value, string said)
    {
        var (code, _, error) = CommandLine.Run("bench", "simd", option, value);
        Assert.Equal(2, code);
        Assert.Contains(said, error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void The_same_backend_twice_is_refused() =>
        Assert.Contains("given 2 times", CommandLine.Run("bench", "simd", "simd").Error);

    [Fact]
    public void A_backend_that_does_none_of_it_is_exit_code_3()
    {
        var (code, _, error) = CommandLine.Run(
            "bench",
            "dotnet:" + typeof(DoubledBackend).Assembly.Location + "#DoubledBackend",
            "--problem",
            "rms fwd f32 2x3",
            "--seconds",
            "0.01",
            "--quiet"
        );
        Assert.Equal(3, code);
        Assert.Contains("no RMS norm here", error);
    }

    [Fact]
    public void The_default_list_has_every_op_in_both_directions()
    {
        var cases = ProblemList.Load("bench", Conventions.Default);
        Assert.InRange(cases.Count, 48, 120);
        Assert.All(cases, each => Assert.Equal(DType.F32, each.Problem.DType));
        foreach (var op in NormOps.All.Where(op => op != NormOp.BatchRenorm))
        {
            Assert.Contains(cases, each => each.Problem.Op == op && each.Problem.Pass.IsBackward());
            Assert.Contains(
                cases,
                each => each.Problem.Op == op && !each.Problem.Pass.IsBackward()
            );
        }
    }

    private static double Result(JsonElement problem, int backend, string property) =>
        problem.GetProperty("results")[backend].GetProperty(property).GetDouble();
}
