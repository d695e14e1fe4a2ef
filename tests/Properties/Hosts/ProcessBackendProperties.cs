using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Hosts;

public class ProcessBackendProperties
{
    /// <summary>
    /// A program that describes itself, agrees to everything and then misbehaves in `run`, in shell alone: its answers are
    /// files that the test wrote.
    /// </summary>
    private static string Program(string onRun)
    {
        var folder = Scratch.Folder("program");
        var description = new SafetensorsBlob();
        description.Metadata["status"] = "ok";
        DescriptionFields.Write(new() { Name = "prank", Version = "1" }, description.Metadata);
        WriteMessage(Path.Combine(folder, "describe"), description);
        var agree = new SafetensorsBlob();
        agree.Metadata["status"] = "ok";
        agree.Metadata["supported"] = "1";
        WriteMessage(Path.Combine(folder, "supports"), agree);
        WriteMessage(Path.Combine(folder, "empty"), agree);

        // Reads a message: 8 bytes of length, then that many; answers with the files in turn.
        var script = Path.Combine(folder, "program.sh");
        File.WriteAllText(
            script,
            $$"""
            cd '{{folder}}'
            message() { n=$(head -c 8 | od -An -t u8 | tr -d ' '); [ -n "$n" ] && head -c "$n" > /dev/null; }
            message; cat describe
            message; cat supports
            message
            {{onRun}}
            """
        );
        return script;
    }

    private static void WriteMessage(string path, SafetensorsBlob blob)
    {
        using var file = File.Create(path);
        Wire.Write(file, blob);
    }

    private static readonly Case s_case = Case.Parse("ln fwd f32 2x3 seed=1");

    private static RunOutcome Play(string onRun)
    {
        using var backend = new ProcessBackend("bash", [Program(onRun)], TimeSpan.FromSeconds(2));
        Assert.Null(backend.Refuses(s_case.Problem));
        return backend.Run(s_case.Problem, CaseData.Build(s_case));
    }

    [Theory]
    [InlineData("exit 3", RunStatus.Exited, "exit code 3")]
    [InlineData("echo last words >&2; exit 1", RunStatus.Exited, "last words")]
    [InlineData("kill -SEGV $$", RunStatus.Signal, "SIGSEGV")]
    [InlineData("kill -ABRT $$", RunStatus.Signal, "SIGABRT")]
    [InlineData("sleep 60", RunStatus.TimedOut, "2 s")]
    [InlineData("echo this is not a message at all", RunStatus.BadAnswer, "garbage")]
    [InlineData(
        "printf '\\020\\0\\0\\0\\0\\0\\0\\0abcdefghijklmnop'; sleep 9",
        RunStatus.BadAnswer,
        "garbage"
    )]
    [InlineData(
        "printf '\\377\\377\\377\\377\\377\\377\\0\\0'; sleep 9",
        RunStatus.BadAnswer,
        "length"
    )]
    [InlineData("printf '\\020\\0\\0\\0\\0\\0\\0\\0abc'; exit 0", RunStatus.Exited, "exit code 0")]
    [InlineData("cat empty", RunStatus.BadAnswer, "y is missing")]
    public void A_program_that_misbehaves_is_an_outcome(string onRun, RunStatus status, string says)
    {
        var outcome = Play(onRun);
        Assert.Equal(status, outcome.Status);
        Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', outcome.Message);
    }

    [Theory]
    [InlineData("/no/such/program", "cannot start")]
    [InlineData("true", "does not describe itself")]
    [InlineData("false", "exit code 1")]
    [InlineData("yes", "garbage")]
    public void A_program_that_is_no_backend_is_refused(string program, string says)
    {
        var error = Assert.Throws<InputException>(() => new ProcessBackend(program, []));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [SkippableFact]
    public void The_numpy_example_is_a_correct_backend()
    {
        Tools.NeedPython("numpy");
        var script = Path.Combine(Tools.Root, "backends/python/example_numpy.py");
        var options = new CampaignOptions { Cases = 160, Workers = 1 };
        var report = new Campaign(
            () => new ProcessBackend("/usr/bin/python3", [script]),
            options
        ).Run("x", "x");
        Assert.Empty(
            report.Findings.Select(finding =>
                $"{finding.Cause.Id}: {finding.Case} {finding.Detail}"
            )
        );
        Assert.InRange(report.Cases, 100, 160);
    }
}
