using System.Diagnostics;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>What a program can do wrong, or differently, and what it is called.</summary>
public class ProcessMisdeeds
{
    private static readonly NormProblem s_problem = ScriptedProgram.Layer.Problem;

    [Fact]
    public void The_scripted_program_is_a_backend()
    {
        using var backend = new ScriptedProgram("answer good").Start();
        Assert.Equal("scripted", backend.Description.Name);
        Assert.Null(backend.Refuses(s_problem));
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        var y = tensors.Require(TensorRole.Y);
        y.Write(3, 1);
        Assert.Equal(RunOutcome.Completed, backend.Run(s_problem, tensors));

        // The caller's own memory holds the answer.
        Assert.Same(y, tensors[TensorRole.Y]);
        Assert.Equal(0, y.Read(3));
    }

    [Fact]
    public void An_output_that_does_not_fit_is_a_bad_answer()
    {
        var tall = ScriptedProgram.Good();
        tall.Tensors["y"] = new Tensor(DType.F32, new Shape(3, 2));
        var wide = ScriptedProgram.Good();
        wide.Tensors["y"] = new Tensor(DType.F64, new Shape(2, 3));
        var huge = ScriptedProgram.Good();
        huge.Tensors["y"] = new Tensor(DType.F32, new Shape(2 << 20));
        foreach (
            var (blob, says) in new[]
            {
                (tall, "expected y as f32 2x3, got f32 [3, 2]"),
                (wide, "expected y as f32 2x3, got f64 [2, 3]"),
                (huge, "at most"),
                (ScriptedProgram.Say(("status", "fine")), "got 'fine'"),
            }
        )
        {
            var outcome = new ScriptedProgram("answer bad").Save("bad", blob).Play();
            Assert.Equal(RunStatus.BadAnswer, outcome.Status);
            Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("unsupported", RunStatus.Unsupported)]
    [InlineData("invalid_argument", RunStatus.InvalidArgument)]
    [InlineData("failed", RunStatus.Failed)]
    public void A_status_is_taken_with_its_message(string status, RunStatus expected)
    {
        var blob = ScriptedProgram.Say(("status", status), ("message", "first\nsecond \u001b[2J"));
        var outcome = new ScriptedProgram("answer said").Save("said", blob).Play();
        Assert.Equal(new RunOutcome(expected, "first second [2J"), outcome);
    }

    [Fact]
    public void A_modified_input_is_a_finding()
    {
        var blob = ScriptedProgram.Say(("status", "failed"), ("modified", "gamma"));
        var outcome = new ScriptedProgram("answer said").Save("said", blob).Play();
        Assert.Equal(new RunOutcome(RunStatus.InputModified, "input gamma was written"), outcome);
    }

    [Fact]
    public void An_output_that_the_system_does_not_give_is_absent()
    {
        var blob = ScriptedProgram.Good();
        blob.Tensors.Remove("saved_mean");
        blob.Metadata["absent"] = "saved_mean";
        using var backend = new ScriptedProgram("answer part").Save("part", blob).Start();
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        Assert.Equal(RunOutcome.Completed, backend.Run(s_problem, tensors));
        Assert.Null(tensors[TensorRole.SavedMean]);
        Assert.NotNull(tensors[TensorRole.SavedInvStd]);
    }

    /// <summary>A framework gives f32 statistics of f16 data as f16: the answer's own type is judged.</summary>
    [Fact]
    public void A_statistic_may_come_in_the_type_of_the_data()
    {
        var half = Case.Parse("ln fwd f16 2x3 seed=1");
        var blob = ScriptedProgram.Say();
        blob.Tensors["y"] = new Tensor(DType.F16, new Shape(2, 3));
        blob.Tensors["saved_mean"] = new Tensor(DType.F16, new Shape(2));
        blob.Tensors["saved_inv_std"] = new Tensor(DType.F32, new Shape(2));
        using var backend = new ScriptedProgram("answer mixed").Save("mixed", blob).Start();
        var tensors = CaseData.Build(half);
        Assert.Equal(RunOutcome.Completed, backend.Run(half.Problem, tensors));
        Assert.Equal(DType.F16, tensors.Require(TensorRole.SavedMean).DType);
        Assert.Equal(DType.F32, tensors.Require(TensorRole.SavedInvStd).DType);
    }

    /// <summary>The second call starts the program again, which then behaves.</summary>
    [Theory]
    [InlineData("exit 3", RunStatus.Exited)]
    [InlineData("kill -SEGV $$", RunStatus.Signal)]
    [InlineData("answer empty", RunStatus.BadAnswer)]
    [InlineData("echo garbage garbage", RunStatus.BadAnswer)]
    public void After_a_misdeed_the_program_starts_again(string misdeed, RunStatus status)
    {
        var program = new ScriptedProgram(
            $"[ -e second ] && answer good; [ -e second ] || {{ touch second; {misdeed}; }}"
        );
        using var backend = program.Start();
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        Assert.Equal(status, backend.Run(s_problem, tensors).Status);
        Assert.Equal(RunOutcome.Completed, backend.Run(s_problem, tensors));
    }

    [Fact]
    public void A_program_that_is_gone_for_good_is_an_outcome()
    {
        using var backend = new ScriptedProgram("rm program.sh; exit 1").Start();
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        Assert.Equal(RunStatus.Exited, backend.Run(s_problem, tensors).Status);
        var outcome = backend.Run(s_problem, tensors);
        Assert.Equal(RunStatus.Exited, outcome.Status);
        Assert.Contains("cannot be started again", outcome.Message, StringComparison.Ordinal);
        Assert.Null(backend.Reproduce(s_problem, tensors));
    }

    [Theory]
    [InlineData("exit 4", RunStatus.Exited, "exit code 4")]
    [InlineData("answer empty", RunStatus.BadAnswer, "expected 0 or 1")]
    public void A_misdeed_over_the_question_is_not_a_refusal(
        string supports,
        RunStatus status,
        string says
    )
    {
        using var backend = new ScriptedProgram("answer good", supports).Start();
        Assert.Null(backend.Refuses(s_problem));
        var outcome = backend.Run(s_problem, CaseData.Build(ScriptedProgram.Layer));
        Assert.Equal(status, outcome.Status);
        Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_asked_for_once()
    {
        var no = ScriptedProgram.Say(("supported", "0"), ("message", "odd channels"));
        var program = new ScriptedProgram(
            "answer good",
            "[ -e asked ] && exit 1; touch asked; answer no"
        );
        using var backend = program.Save("no", no).Start();
        Assert.Equal("odd channels", backend.Refuses(s_problem));
        Assert.Equal("odd channels", backend.Refuses(s_problem));
    }

    [Theory]
    [InlineData("ops", "bn", "does not describe ln")]
    [InlineData("passes", "bwd", "does not describe fwd")]
    [InlineData("dtypes", "f64,bf16", "does not describe f32")]
    public void What_is_not_described_is_not_asked(string field, string words, string says)
    {
        var program = new ScriptedProgram("exit 1", "exit 1");
        program.Description.Metadata[field] = words;
        using var backend = program.Save("description", program.Description).Start();
        Assert.Contains(says, backend.Refuses(s_problem)!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_in_place_cannot_be_asked_for()
    {
        using var backend = new ScriptedProgram("answer good").Start();
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        tensors[TensorRole.Y] = tensors[TensorRole.X];
        Assert.Equal(RunStatus.Unsupported, backend.Run(s_problem, tensors).Status);
    }

    /// <summary>Far more than a pipe holds, and no end of a line: neither blocks the program nor fills memory.</summary>
    [Fact]
    public void A_flood_of_standard_error_does_not_matter()
    {
        var program = new ScriptedProgram(
            "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; for k in $(seq 200); do echo \"line $k\" >&2; done; answer good"
        );
        using var backend = program.Start();
        var outcome = backend.Run(s_problem, CaseData.Build(ScriptedProgram.Layer));
        Assert.Equal(RunOutcome.Completed, outcome);
        Assert.True(SpinWait.SpinUntil(() => backend.Log is [.., "line 200"], 10_000));
        Assert.Equal(50, backend.Log.Count);
        Assert.All(backend.Log, line => Assert.InRange(line.Length, 1, 500));
    }

    /// <summary>A child of the program keeps its pipes open after it died: the call must end all the same.</summary>
    [Fact]
    public void A_child_that_stays_does_not_hold_the_call()
    {
        var watch = Stopwatch.StartNew();
        var outcome = new ScriptedProgram("setsid sleep 8 & exit 5").Play(seconds: 2);
        Assert.True(outcome.Status is RunStatus.TimedOut or RunStatus.Exited, outcome.ToString());
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    /// <summary>A program that does not read a request larger than the pipe blocks the sender, but not for ever.</summary>
    [Fact]
    public void A_program_that_does_not_read_is_timed_out()
    {
        var large = Case.Parse("ln fwd f32 1000x300 seed=1");
        using var backend = new ScriptedProgram("answer good", "answer agree; sleep 30").Start(
            seconds: 2
        );
        Assert.Null(backend.Refuses(large.Problem));
        var outcome = backend.Run(large.Problem, CaseData.Build(large));
        Assert.Equal(RunStatus.TimedOut, outcome.Status);
    }

    [Theory]
    [InlineData("5,6.5,7", RunStatus.Completed)]
    [InlineData("5,6", RunStatus.BadAnswer)]
    [InlineData("5,6,nan", RunStatus.BadAnswer)]
    [InlineData("5,6,-1", RunStatus.BadAnswer)]
    [InlineData("", RunStatus.BadAnswer)]
    public void Times_are_one_per_repetition(string nanoseconds, RunStatus status)
    {
        var blob = ScriptedProgram.Good();
        blob.Metadata["nanoseconds"] = nanoseconds;
        using var backend = new ScriptedProgram("exit 1", time: "answer timed")
            .Save("timed", blob)
            .Start();
        var timed = backend.Time(s_problem, CaseData.Build(ScriptedProgram.Layer), 3);
        Assert.Equal(status, timed.Outcome.Status);
        Assert.Equal(status == RunStatus.Completed ? [5, 6, 7] : [], timed.Nanoseconds);
    }

    [Theory]
    [InlineData("bug.py", "bug.py")]
    [InlineData("../../etc/cron.d/bug", "bug")]
    [InlineData("C:\\bug.py", "bug.py")]
    [InlineData("..", "reproduce.txt")]
    [InlineData("", "reproduce.txt")]
    public void A_reproduction_never_names_a_folder(string given, string name)
    {
        var blob = ScriptedProgram.Say(("script", "print(1)\n"), ("script_name", given));
        using var backend = new ScriptedProgram("exit 1").Save("script", blob).Start();
        var tensors = CaseData.Build(ScriptedProgram.Layer);
        Assert.Equal(new Reproduction(name, "print(1)\n"), backend.Reproduce(s_problem, tensors));
    }

    [Fact]
    public void Arguments_reach_the_program_without_a_shell()
    {
        var error = Assert.Throws<InputException>(() =>
            new ProcessBackend("bash", ["-c", "echo \"$1\" >&2; exit 7", "x", "$(id) ; `a` 'b c'"])
        );
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "log ends with: $(id) ; `a` 'b c'",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("", "empty name")]
    [InlineData("/no/such/program", "cannot start '/no/such/program': No such file")]
    [InlineData("/etc/passwd", "cannot start '/etc/passwd': Permission denied")]
    public void A_program_that_cannot_start_is_refused(string program, string says)
    {
        var error = Assert.Throws<InputException>(() => new ProcessBackend(program, []));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }
}
