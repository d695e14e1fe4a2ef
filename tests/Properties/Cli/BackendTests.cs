using NormCheck.Cli;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Properties.Hosts;
using Xunit;

namespace NormCheck.Properties.Cli;

public class BackendTests(ExampleLibraries examples) : IClassFixture<ExampleLibraries>
{
    [Theory]
    [InlineData("no library at 'missing.so'", "native:missing.so")]
    [InlineData("no program 'missing-program' on the PATH", "exec:missing-program --flag")]
    [InlineData("no program at './missing-program'", "exec:./missing-program")]
    [InlineData("no command given", "exec: ")]
    [InlineData("unknown variant 'kohan': expected one of", "variant:kohan")]
    [InlineData("does not describe itself", "exec:true")]
    public void A_backend_that_is_not_there_is_bad_input(string says, string backend)
    {
        foreach (
            var run in new[]
            {
                CommandLine.Run("verify", backend),
                CommandLine.Run("check", backend, "ln fwd f32 1x3"),
            }
        )
        {
            Assert.Equal((2, ""), (run.Code, run.Out));
            Assert.Contains(
                says,
                Assert.Single(run.Error.TrimEnd().Split('\n')),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void A_type_that_is_no_backend_is_bad_input_and_the_message_lists_those_that_are()
    {
        var run = CommandLine.Run(
            "verify",
            $"dotnet:{typeof(BackendTests).Assembly.Location}#Nothing"
        );

        Assert.Equal(2, run.Code);
        Assert.Contains(typeof(DoubledBackend).FullName!, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_embedded_backends_hold()
    {
        foreach (var backend in new[] { "scalar", "reference", "variant:welford" })
        {
            var run = CommandLine.Run("verify", backend, "--problems", "smoke", "--cases", "112");
            Assert.Equal((0, ""), (run.Code, run.Error));
        }
    }

    [SkippableTheory]
    [InlineData("two_pass", 0)]
    [InlineData("one_pass", 1)]
    public void A_finding_in_a_library_becomes_a_C_program_that_shows_it_alone(
        string other,
        int code
    )
    {
        Tools.NeedCompiler();
        using var folder = new TemporaryFolder();
        var list = folder.Write(
            "list.txt",
            "bn train f32 nhwc 2x3x4 momentum=0.25 data=offset:1e4 seed=1\n"
        );
        var run = CommandLine.Run(
            "verify",
            $"native:{examples.Path("one_pass")}",
            "--problems",
            list,
            "--out",
            folder.File("out")
        );
        Assert.Equal(1, run.Code);

        var program = folder.File("reproduction");
        var built = Tools.Run(
            "cc",
            "-std=c99",
            "-D_DEFAULT_SOURCE",
            "-Wall",
            "-Wextra",
            "-Werror",
            $"-I{Path.Combine(Tools.Root, "backends/native")}",
            folder.File("out/finding-001.c"),
            "-o",
            program,
            "-ldl",
            "-lm"
        );
        Assert.True(built.Code == 0, built.Output);

        var (got, output) = Tools.Run(program, examples.Path(other));
        Assert.Contains("status 0", output, StringComparison.Ordinal);
        Assert.Equal(code, got);
        Assert.Equal(code == 1, output.Contains("WRONG", StringComparison.Ordinal));
        Assert.Equal(1, Tools.Run(program).Code);
    }

    [Theory]
    [InlineData("simd")]
    [InlineData("exec:./a b")]
    [InlineData("exec:'quoted' \"twice\" $HOME `date` \\ *")]
    [InlineData("native:/tmp/ä ö/lib.so")]
    [InlineData("")]
    public void A_quoted_word_reaches_the_program_as_it_is(string word)
    {
        var (code, output) = Tools.Run("bash", "-c", $"printf %s {CommandText.Quote(word)}");

        Assert.Equal((0, word), (code, output));
    }
}
