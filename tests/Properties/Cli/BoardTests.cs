using System.Text.Json;
using NormCheck.Cli.Reports;
using Xunit;

namespace NormCheck.Properties.Cli;

/// <summary><c>verify</c> with several backends: one table, findings joined by cause, resumed after an interruption.</summary>
public sealed class BoardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Findings_of_one_cause_are_joined_over_systems()
    {
        var run = Verify("simd", "fault:canc-01", "fault:canc-02");

        Assert.Equal(1, run.Code);
        using var board = Board();
        var cause = Assert.Single(board.RootElement.GetProperty("causes").EnumerateArray());
        Assert.Equal("one-pass-variance", cause.GetProperty("cause_id").GetString());
        Assert.Equal(
            ["fault:canc-01", "fault:canc-02"],
            cause
                .GetProperty("findings")
                .EnumerateArray()
                .Select(each => each.GetProperty("backend").GetString()!)
        );

        // Each of its cases shows it again.
        Assert.All(
            cause.GetProperty("findings").EnumerateArray(),
            each =>
                Assert.Equal(
                    1,
                    CommandLine
                        .Run(
                            "check",
                            each.GetProperty("backend").GetString()!,
                            each.GetProperty("case").GetString()!
                        )
                        .Code
                )
        );
    }

    /// <summary>A place of the board is what the system's own report says of the cell.</summary>
    [Fact]
    public void Places_are_those_of_the_single_reports()
    {
        Verify("simd", "fault:canc-01");

        using var board = Board();
        var report = JsonReport.Read(
            File.ReadAllText(_folder.File("out/fault-canc-01/report.json")),
            "report"
        );
        var places = board
            .RootElement.GetProperty("rows")
            .EnumerateArray()
            .Select(row =>
            {
                var place = row.GetProperty("places")[1];
                return (
                    Cell: string.Join(
                        ' ',
                        new[] { "op", "pass", "dtype", "layout" }.Select(name =>
                            row.GetProperty("cell").GetProperty(name).GetString()
                        )
                    ),
                    Cases: place.GetProperty("cases").GetInt64(),
                    Failures: place.GetProperty("failures").GetInt64()
                );
            })
            .Where(place => place.Cases > 0)
            .OrderBy(place => place.Cell, StringComparer.Ordinal);
        Assert.Equal(
            report
                .Cells.Where(cell => cell.Cases > 0)
                .Select(cell => (Cell: cell.Cell.ToString(), cell.Cases, cell.Failures))
                .OrderBy(cell => cell.Cell, StringComparer.Ordinal),
            places
        );
        Assert.Contains("| ln | fwd | f32 | - | ✓", File.ReadAllText(_folder.File("out/board.md")));
    }

    /// <summary>What was done before an interruption is not done again, and the board is the one of an undisturbed run.</summary>
    [Fact]
    public void An_interrupted_board_goes_on_where_it_stopped()
    {
        var undisturbed = Verify("scalar", "fault:canc-01");
        var wanted = File.ReadAllText(_folder.File("out/board.json"));
        Directory.Delete(_folder.File("out"), recursive: true);

        var stillborn =
            $"dotnet:{typeof(StillbornBackend).Assembly.Location}#{nameof(StillbornBackend)}";
        var interrupted = Verify("scalar", stillborn);
        Assert.Equal(2, interrupted.Code);
        Assert.Contains("stillborn", interrupted.Error, StringComparison.Ordinal);

        var resumed = Verify("scalar", "fault:canc-01");
        Assert.Contains(
            "verify scalar: part 1 of 1 was done before",
            resumed.Output,
            StringComparison.Ordinal
        );
        Assert.Equal(undisturbed.Code, resumed.Code);
        Assert.Equal(wanted, File.ReadAllText(_folder.File("out/board.json")));

        // The board is complete: the next one begins afresh.
        Assert.DoesNotContain(
            "was done before",
            Verify("scalar", "fault:canc-01").Output,
            StringComparison.Ordinal
        );
    }

    /// <summary>Parts of another command are none of this one's.</summary>
    [Fact]
    public void Parts_of_another_command_do_not_count()
    {
        var stillborn =
            $"dotnet:{typeof(StillbornBackend).Assembly.Location}#{nameof(StillbornBackend)}";
        Verify("scalar", stillborn);

        var other = CommandLine.Run(
            "verify",
            "scalar",
            "simd",
            "--cases",
            "60",
            "--seed",
            "2",
            "--ops",
            "ln,bn",
            "--out",
            _folder.File("out")
        );
        Assert.DoesNotContain("was done before", other.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_that_is_not_installed_is_named_and_the_others_run()
    {
        var run = Verify("simd", "onnxruntime@0.0.1");

        Assert.Equal(3, run.Code);
        Assert.Contains("install.sh 0.0.1", run.Error, StringComparison.Ordinal);
        using var board = Board();
        var systems = board.RootElement.GetProperty("systems");
        Assert.True(systems[0].GetProperty("cases").GetInt64() > 0);
        Assert.NotEqual("", systems[1].GetProperty("missing").GetString());
    }

    [Theory]
    [InlineData("expected each backend once", "simd", "simd")]
    [InlineData("'--shard' is for one backend", "simd", "scalar", "--shard", "1/2")]
    [InlineData("unknown backend 'nosuch'", "simd", "nosuch")]
    public void Bad_input_is_told_before_anything_runs(string says, params string[] words)
    {
        var run = CommandLine.Run(["verify", .. words, "--out", _folder.File("out")]);

        Assert.Equal(2, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    private (int Code, string Output, string Error) Verify(params string[] backends)
    {
        var run = CommandLine.Run([
            "verify",
            .. backends,
            "--cases",
            "120",
            "--ops",
            "ln,bn",
            "--report",
            "json,md",
            "--out",
            _folder.File("out"),
        ]);
        return (run.Code, run.Out, run.Error);
    }

    private JsonDocument Board() =>
        JsonDocument.Parse(File.ReadAllText(_folder.File("out/board.json")));
}
