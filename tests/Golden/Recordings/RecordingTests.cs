using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Properties.Cli;
using NormCheck.Verification.Recordings;

namespace NormCheck.Golden.Recordings;

/// <summary><c>normcheck record</c> and what it writes: the comparison must see one changed bit, the judge a wrong value.</summary>
public class RecordingTests
{
    private const string Cases = """
        bn train f32 nchw 2x3x4 data=normal seed=1
        ln fwd f64 3x5 data=offset:100 seed=2   # a comment
        ln bwd bf16 2x7 affine=none data=normal seed=3
        gn fwd f16 nhwc 1x4x3x3 groups=2 data=normal seed=4
        """;

    private static Recording Recorded(TemporaryFolder folder)
    {
        var run = CommandLine.Run(
            "record",
            "simd",
            "--cases",
            folder.Write("cases.txt", Cases),
            "--out",
            folder.File("simd.safetensors")
        );
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("4 vectors, 12 outputs, 0 left out", run.Out, StringComparison.Ordinal);
        return RecordingFile.Read(folder.File("simd.safetensors"));
    }

    [Fact]
    public void A_recording_is_given_again_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var recording = Recorded(folder);
        using var backend = new SimdBackend();
        Assert.Equal(4, recording.Vectors.Count);
        foreach (var vector in recording.Vectors)
        {
            var (outputs, reason) = Recorder.Replay(backend, vector);
            Assert.True(outputs is not null, reason);
            Assert.Empty(vector.Differences(outputs));
            Assert.True(RecordedFiles.Judge(vector, vector.Outputs).Holds);
        }
    }

    /// <summary>The last bit of the last element of every output; and one that is missing.</summary>
    [Fact]
    public void One_bit_is_a_difference()
    {
        using var folder = new TemporaryFolder();
        foreach (var vector in Recorded(folder).Vectors)
        {
            foreach (var role in vector.Outputs.Roles)
            {
                var other = vector.Outputs.Clone();
                var size = other.Require(role).DType.Size();
                other.Require(role).Data.Span[^size] ^= 1;
                Assert.Equal([role], vector.Differences(other));
                other[role] = null;
                Assert.Equal([role], vector.Differences(other));
            }
        }
    }

    [Fact]
    public void Another_kernel_gives_other_bits()
    {
        using var folder = new TemporaryFolder();
        using var backend = new ScalarBackend();
        Assert.Contains(
            Recorded(folder).Vectors,
            vector => vector.Differences(Recorder.Replay(backend, vector).Outputs!).Count > 0
        );
    }

    [Fact]
    public void A_wrong_value_is_seen_by_the_judge()
    {
        using var folder = new TemporaryFolder();
        var vector = Recorded(folder).Vectors[0];
        var wrong = vector.Outputs.Clone();
        var values = wrong.Require(TensorRole.RunningVar).ToDoubles();
        values[1] *= 1.001;
        wrong.Require(TensorRole.RunningVar).CopyFrom(values);
        Assert.Equal(TensorRole.RunningVar, RecordedFiles.Judge(vector, wrong).Failure!.Role);
    }

    /// <summary>Into a folder the file gets the backend's name and version; the parts that a path would mind become dashes.</summary>
    [Fact]
    public void A_folder_names_the_file()
    {
        using var folder = new TemporaryFolder();
        var run = CommandLine.Run(
            "record",
            "simd:fast",
            "--cases",
            folder.Write("cases.txt", "ln fwd f32 2x3 data=normal seed=1"),
            "--out",
            Path.GetDirectoryName(folder.File("x"))!
        );
        Assert.Equal(0, run.Code);
        Assert.True(File.Exists(folder.File("simd-fast-0.1.0.safetensors")), run.Out);
    }

    [Fact]
    public void Nothing_recorded_is_exit_code_3()
    {
        using var folder = new TemporaryFolder();
        var run = CommandLine.Run(
            "record",
            "simd",
            "--cases",
            folder.Write("cases.txt", "bn train f32 nc 4x2 convention=darknet data=normal seed=1"),
            "--out",
            folder.File("x.safetensors")
        );
        Assert.Equal(3, run.Code);
        Assert.Contains("simd does none of the 1 cases", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("x.safetensors")));
    }

    [Fact]
    public void A_file_that_is_no_recording_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("other.safetensors");
        var saved = CommandLine.Run(
            "check",
            "simd",
            "ln fwd f32 1x2 data=normal seed=1",
            "--save",
            path
        );
        Assert.Equal(0, saved.Code);
        var error = Assert.Throws<InputException>(() => RecordingFile.Read(path));
        Assert.Contains(
            "in the metadata, it is not there",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
