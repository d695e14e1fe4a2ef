using Xunit;

namespace NormCheck.Properties.Cli;

public class ExitCodeTests
{
    private const string Holds = "ln fwd f32 3x17 data=normal seed=5";

    /// <summary>Sums in plain float are not faithful on data that is all offset.</summary>
    private const string Fails = "ln fwd f32 2x65 data=offset:1e5 seed=5";

    [Fact]
    public void Zero_where_everything_holds()
    {
        var run = CommandLine.Run("verify", "simd", "--problems", "smoke", "--seed", "3");

        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.Contains(
            "33 cases, 33 cells, 0 findings, contract any-order, seed 3",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_and_a_command_that_shows_it_where_there_is_a_finding()
    {
        using var folder = new TemporaryFolder();
        var list = folder.Write("list.txt", Fails);
        var run = CommandLine.Run(
            "verify",
            "scalar",
            "--problems",
            list,
            "--contract",
            "faithful",
            "--out",
            folder.File("out")
        );

        Assert.Equal(1, run.Code);
        Assert.Equal("", run.Error);
        Assert.Contains("FINDING 1/1", run.Out, StringComparison.Ordinal);
        var again = run
            .Out.Split('\n')
            .Single(line => line.Contains("  again   ", StringComparison.Ordinal));
        var parts = again.Split('"');
        Assert.EndsWith("./normcheck check scalar ", parts[0], StringComparison.Ordinal);
        Assert.Equal(" --contract faithful", parts[2].TrimEnd());
        Assert.Equal(
            1,
            CommandLine.Run("check", "scalar", parts[1], "--contract", "faithful").Code
        );
    }

    [Fact]
    public void Quiet_prints_the_result_only()
    {
        var run = CommandLine.Run("verify", "simd", "--problems", "smoke", "--quiet");

        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.StartsWith("Verdict on simd", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_that_holds_and_one_that_does_not()
    {
        var good = CommandLine.Run("check", "simd", Holds);
        var bad = CommandLine.Run("check", "scalar", Fails, "--contract", "faithful");

        Assert.Equal((0, ""), (good.Code, good.Error));
        Assert.Contains("verdict   holds", good.Out, StringComparison.Ordinal);
        Assert.Equal((1, ""), (bad.Code, bad.Error));
        Assert.Contains("verdict   FAILS", bad.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_may_be_given_as_several_words()
    {
        var whole = CommandLine.Run("check", "simd", Holds);
        var words = CommandLine.Run(["check", "simd", .. Holds.Split(' ')]);

        Assert.Equal(whole, words);
    }

    [Theory]
    [InlineData(
        "unknown op 'foo': expected one of bn, renorm",
        "verify",
        "simd",
        "--ops",
        "bn,foo"
    )]
    [InlineData(
        "unknown pass 'sideways': expected one of train",
        "verify",
        "simd",
        "--passes",
        "sideways"
    )]
    [InlineData(
        "unknown element type 'f8': expected one of f32",
        "verify",
        "simd",
        "--dtypes",
        "f8"
    )]
    [InlineData(
        "unknown layout 'nchv': expected one of channels-first",
        "verify",
        "simd",
        "--layouts",
        "nchv"
    )]
    [InlineData(
        "unknown contract 'loose': expected one of stats-in-storage",
        "verify",
        "simd",
        "--contract",
        "loose"
    )]
    [InlineData(
        "unknown convention 'mine': expected one of normcheck",
        "verify",
        "simd",
        "--convention",
        "mine"
    )]
    [InlineData(
        "unknown report 'html': expected one of json, junit, md",
        "verify",
        "simd",
        "--report",
        "html"
    )]
    [InlineData(
        "unknown backend 'sidm': expected one of simd, simd:fast, scalar, reference",
        "verify",
        "sidm"
    )]
    [InlineData(
        "no problem list 'nowhere.txt': expected a file or one of",
        "verify",
        "simd",
        "--problems",
        "nowhere.txt"
    )]
    [InlineData("'--shard 3/2': expected K/N", "verify", "simd", "--shard", "3/2")]
    [InlineData("'--budget soon': expected a time", "verify", "simd", "--budget", "soon")]
    [InlineData("'--cases -1': expected a number of at least 0", "verify", "simd", "--cases", "-1")]
    [InlineData("'--timeout 0': expected seconds above 0", "verify", "simd", "--timeout", "0")]
    [InlineData("Cannot parse argument 'many'", "verify", "simd", "--cases", "many")]
    [InlineData("'--sede'", "verify", "simd", "--sede", "1")]
    [InlineData(
        "expected groups to divide the 5 channels",
        "check",
        "simd",
        "gn fwd f32 nchw 2x5x3 groups=2"
    )]
    [InlineData("axis", "check", "simd", "ln fwd f32 2x5x3 axis=7")]
    [InlineData(
        "expected eps to be finite and at least 0, got -1",
        "check",
        "simd",
        "ln fwd f32 2x5x3 eps=-1"
    )]
    [InlineData("unknown word 'colour=red'", "check", "simd", "ln fwd f32 2x5x3 colour=red")]
    [InlineData("no shape given", "check", "simd", "ln fwd f32")]
    [InlineData("unknown list 'opps': expected one of ops, laws", "list", "opps")]
    [InlineData("missing.json", "merge", "missing.json")]
    [InlineData("no assembly at", "verify", "dotnet:missing.dll#Type")]
    public void Bad_input_is_told_in_one_line(string says, params string[] arguments)
    {
        var run = CommandLine.Run(arguments);

        Assert.Equal(2, run.Code);
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("normcheck: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Theory]
    [InlineData("laws", "repeatable")]
    [InlineData("faults", "canc-01")]
    [InlineData("variants", "welford")]
    public void Lists_have_a_line_for_each(string what, string id)
    {
        var run = CommandLine.Run("list", what);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains($"\n{id} ", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-law", "unknown law 'no-such-law'")]
    [InlineData("-no-such-law", "unknown law 'no-such-law'")]
    public void An_unknown_law_is_bad_input(string laws, string says)
    {
        var run = CommandLine.Run("verify", "simd", "--laws", laws);

        Assert.Equal(2, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_is_a_backend_and_its_cause_is_named()
    {
        var run = CommandLine.Run("verify", "fault:m10a", "--cases", "200", "--quiet");

        Assert.Equal(1, run.Code);
        Assert.Contains("(gamma-of-next-channel)", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Listed_cases_that_no_option_lets_through_are_bad_input()
    {
        var run = CommandLine.Run("verify", "simd", "--problems", "resnet50", "--ops", "ln");

        Assert.Equal(2, run.Code);
        Assert.Contains(
            "none of the 36 cases of resnet50 fits",
            run.Error,
            StringComparison.Ordinal
        );
    }
}
