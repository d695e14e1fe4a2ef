using NormCheck.Cli;
using NormCheck.Cli.Backends;
using NormCheck.Contract;
using NormCheck.Properties;
using NormCheck.Verification.Recordings;
using Xunit.Abstractions;

namespace NormCheck.Golden.Recordings;

/// <summary>
/// What real systems gave, kept bit for bit. It must be right, or listed as known to be wrong; and the same version of the
/// system must still give it.
/// </summary>
public class RecordedVectors(ITestOutputHelper output)
{
    public static TheoryData<string> Files => [.. RecordedFiles.Names];

    [Theory]
    [MemberData(nameof(Files))]
    public void Recorded_outputs_are_right_or_known_to_be_wrong(string file)
    {
        var known = RecordedFiles.KnownWrong(file);
        var recording = RecordedFiles.Read(file);
        var wrong = recording
            .Vectors.Select(vector =>
                (vector.Case.Text, Verdict: RecordedFiles.Judge(vector, vector.Outputs))
            )
            .Where(each => !each.Verdict.Holds)
            .ToDictionary(each => each.Text, each => each.Verdict.Failure!);
        foreach (var (text, failure) in wrong)
        {
            output.WriteLine($"{file} | {text} | {failure}");
        }

        Assert.Equal(known.Keys.Order(), wrong.Keys.Order());
    }

    /// <summary>
    /// The instruction set decides which kernels a system takes. On a machine with another one the bits may differ, and the
    /// outputs are held against their bound instead; the test's output says so.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void The_installed_system_gives_the_same_bits(string file)
    {
        var recording = RecordedFiles.Read(file);
        using var backend = Start(recording);
        var sameMachine = recording.InstructionSet == InstructionSet.OfThisMachine;
        output.WriteLine(
            sameMachine
                ? $"{file}: compared bit for bit"
                : $"{file}: compared by the bound, for this machine has other vector instructions ({InstructionSet.OfThisMachine}) than the recording's ({recording.InstructionSet})"
        );
        var known = RecordedFiles.KnownWrong(file);
        foreach (var vector in recording.Vectors)
        {
            var (outputs, reason) = Recorder.Replay(backend, vector);
            if (sameMachine)
            {
                Assert.True(outputs is not null, $"{vector.Case.Text}: {reason}");
                Assert.True(
                    vector.Differences(outputs) is [],
                    $"{vector.Case.Text}: other bits in {string.Join(", ", vector.Differences(outputs).Select(role => role.Name()))}"
                );
            }
            else if (outputs is null)
            {
                // Some types need instructions: without AVX-512 oneDNN 2.6 has no bf16.
                output.WriteLine($"{vector.Case.Text}: {reason}");
            }
            else if (!known.ContainsKey(vector.Case.Text))
            {
                var verdict = RecordedFiles.Judge(vector, outputs);
                Assert.True(verdict.Holds, $"{vector.Case.Text}: {verdict.Failure}");
            }
        }
    }

    /// <summary>Where each recording comes from is told in full, and its command is one that records.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Provenance_is_complete(string file)
    {
        var recording = RecordedFiles.Read(file);
        Assert.StartsWith("./normcheck record ", recording.Command, StringComparison.Ordinal);
        Assert.Contains(recording.Backend, recording.Command, StringComparison.Ordinal);
        Assert.Contains(recording.Version, file, StringComparison.Ordinal);
        Assert.Matches("^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", recording.Date);
        Assert.StartsWith("x64 ", recording.InstructionSet, StringComparison.Ordinal);
        Assert.NotEmpty(recording.Vectors);
        Assert.All(recording.Vectors, vector => Assert.NotEmpty(vector.Outputs.Roles));
    }

    [Fact]
    public void Every_known_wrong_line_names_a_recording()
    {
        Assert.True(RecordedFiles.Names.Count >= 3, "expected recordings of three systems");
        Assert.All(
            File.ReadLines(
                    Path.Combine(Tools.Root, "tests", "Golden", "recorded", "known-wrong.txt")
                )
                .Where(line => line.Length > 0 && line[0] != '#'),
            line => Assert.Contains(line.Split('|')[0].Trim(), RecordedFiles.Names)
        );
    }

    private static INormBackend Start(Recording recording)
    {
        OpenMp.SetThreads(recording.Threads);
        INormBackend backend;
        try
        {
            backend = BackendCatalogue.Resolve(recording.Backend, null)();
        }
        catch (Exception error) when (error is NothingRanException or InputException)
        {
            Tools.Need(false, $"{recording.System} {recording.Version} ({error.Message})");
            throw;
        }

        var version = backend.Description.Version;
        if (version != recording.Version)
        {
            backend.Dispose();
            Tools.Need(
                false,
                $"{recording.System} {recording.Version} (installed is {version}: tests/Golden/recorded/record.sh {recording.Backend} records it)"
            );
        }

        return backend;
    }
}
