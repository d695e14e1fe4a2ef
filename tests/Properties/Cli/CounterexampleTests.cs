using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Cli;

public class CounterexampleTests
{
    private const string Strided =
        "bn bwd f32 nchw 2x3x4x5 eps=1e-5 grad=nhwc data=offset:10 seed=3";

    private static readonly string s_doubled =
        $"dotnet:{typeof(DoubledBackend).Assembly.Location}#{nameof(DoubledBackend)}";

    [Fact]
    public void A_saved_case_has_the_same_bits_whatever_the_strides()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("case.safetensors");
        var @case = Case.Parse(Strided);
        using var backend = new ScalarBackend();
        var result = CaseRunner.Run(backend, @case, ContractLevel.Pairwise);

        // Another NaN than the usual one, somewhere in the middle.
        BitConverter.TryWriteBytes(
            result.Inputs.Require(TensorRole.Dy).Data.Span[20..],
            0x7FC1_2345u
        );
        Counterexample.Write(file, "scalar", backend, ContractLevel.Pairwise, result);
        var back = Counterexample.Read(file);

        Assert.Equal(@case, back.Case);
        Assert.Equal(("scalar", ContractLevel.Pairwise), (back.Backend, back.Level));
        foreach (var spec in TensorPlan.For(@case.Problem).Where(spec => spec.IsInput))
        {
            var (wanted, got) = (result.Inputs.Require(spec.Role), back.Inputs.Require(spec.Role));
            Assert.Equal(wanted.Strides.ToArray(), got.Strides.ToArray());
            Assert.Equal(wanted.Data.ToArray(), got.Data.ToArray());
        }
    }

    [Fact]
    public void A_campaign_saves_what_replay_shows_again()
    {
        using var folder = new TemporaryFolder();
        var run = CommandLine.Run(
            "verify",
            s_doubled,
            "--ops",
            "ln",
            "--passes",
            "fwd",
            "--dtypes",
            "f64",
            "--cases",
            "20",
            "--out",
            folder.File("out")
        );
        var file = folder.File("out/finding-001.safetensors");

        var replay = CommandLine.Run("replay", file, "--backend", s_doubled);
        var right = CommandLine.Run("replay", file, "--backend", "scalar");

        Assert.Equal(1, run.Code);
        Assert.Equal((1, ""), (replay.Code, replay.Error));
        Assert.Contains("verdict   FAILS", replay.Out, StringComparison.Ordinal);
        Assert.Equal((0, ""), (right.Code, right.Error));
        var blob = SafetensorsFile.Read(file);
        Assert.Contains("actual.y", blob.Tensors.Keys);
        Assert.Equal(DType.F64, blob.Tensors["truth.y"].DType);
        foreach (
            var (actual, truth) in blob.Tensors["actual.y"]
                .ToDoubles()
                .Zip(blob.Tensors["truth.y"].ToDoubles())
        )
        {
            Assert.Equal(2 * truth, actual, 1e-6 * (1 + Math.Abs(actual)));
        }
    }

    [Fact]
    public void Replay_runs_the_bits_of_the_file_and_not_those_of_the_case()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("case.safetensors");
        Assert.Equal(
            0,
            CommandLine
                .Run("check", "scalar", "ln fwd f32 1x3 data=normal seed=1", "--save", file)
                .Code
        );
        var blob = SafetensorsFile.Read(file);
        blob.Tensors["x"].CopyFrom([31.5, 32.5, 33.5]);
        SafetensorsFile.Write(file, blob);

        var replay = CommandLine.Run("replay", file);

        Assert.Equal(0, replay.Code);
        Assert.Contains("31.5  32.5  33.5", replay.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_does_not_choose_the_program_that_is_run()
    {
        using var folder = new TemporaryFolder();
        var file = Saved(
            folder,
            blob => blob.Metadata["backend"] = $"exec:touch {folder.File("ran")}"
        );

        var replay = CommandLine.Run("replay", file);

        Assert.Equal(2, replay.Code);
        Assert.Contains("give it yourself with --backend", replay.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("ran")));
    }

    [Theory]
    [InlineData("expected tensor 'x' as f32 1x3, it is missing", "remove")]
    [InlineData("expected tensor 'x' as f32 1x3, got f64 1x3", "dtype")]
    [InlineData("expected tensor 'x' as f32 1x3, got f32 3x1", "shape")]
    [InlineData("the case does not read the tensor 'dy'", "surplus")]
    [InlineData("expected 'case' in the metadata", "case")]
    [InlineData("unknown word 'nonsense'", "nonsense")]
    [InlineData("unknown contract 'loose'", "contract")]
    public void A_file_that_does_not_fit_its_case_is_bad_input(string says, string change)
    {
        using var folder = new TemporaryFolder();
        var file = Saved(
            folder,
            blob =>
            {
                switch (change)
                {
                    case "remove":
                        blob.Tensors.Remove("x");
                        break;
                    case "dtype":
                        blob.Tensors["x"] = new Tensor(DType.F64, new Shape(1, 3));
                        break;
                    case "shape":
                        blob.Tensors["x"] = new Tensor(DType.F32, new Shape(3, 1));
                        break;
                    case "surplus":
                        blob.Tensors["dy"] = new Tensor(DType.F32, new Shape(1, 3));
                        break;
                    case "case":
                        blob.Metadata.Remove("case");
                        break;
                    case "nonsense":
                        blob.Metadata["case"] += " nonsense";
                        break;
                    default:
                        blob.Metadata["contract"] = "loose";
                        break;
                }
            }
        );

        var replay = CommandLine.Run("replay", file);

        Assert.Equal(2, replay.Code);
        Assert.Contains(
            says,
            Assert.Single(replay.Error.TrimEnd().Split('\n')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_case_that_the_backend_declines_is_exit_code_three()
    {
        var check = CommandLine.Run("check", s_doubled, "rms fwd f32 1x3");
        var verify = CommandLine.Run("verify", s_doubled, "--ops", "rms", "--cases", "8");

        Assert.Equal(3, check.Code);
        Assert.Contains("no RMS norm here", check.Error, StringComparison.Ordinal);
        Assert.Equal(3, verify.Code);
        Assert.Contains(
            "declined all 8 cases (no RMS norm here)",
            verify.Error,
            StringComparison.Ordinal
        );
    }

    private static string Saved(TemporaryFolder folder, Action<SafetensorsBlob> change)
    {
        var file = folder.File("case.safetensors");
        CommandLine.Run("check", "scalar", "ln fwd f32 1x3 data=normal seed=1", "--save", file);
        var blob = SafetensorsFile.Read(file);
        change(blob);
        SafetensorsFile.Write(file, blob);
        return file;
    }
}
