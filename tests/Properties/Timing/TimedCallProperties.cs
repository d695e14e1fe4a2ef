using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Properties.Hosts;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Timing;

namespace NormCheck.Properties.Timing;

/// <summary>Prepared calls of every kind of backend: times come, and outputs are those of one call on the given inputs.</summary>
public sealed class TimedCallProperties
{
    private static readonly TimingOptions s_short = new()
    {
        Budget = TimeSpan.FromMilliseconds(20),
        Gap = TimeSpan.Zero,
        WarmUp = TimeSpan.Zero,
        LongestWarmUp = TimeSpan.FromMilliseconds(50),
        WarmUpRepetitions = 2,
    };

    [Theory]
    [InlineData("bn train f32 nchw 2x3x4x5 seed=2")]
    [InlineData("ln bwd bf16 4x6 seed=2")]
    public void A_backend_of_this_process(string text) => Holds(new ScalarBackend(), text);

    /// <summary>Times and judgement are of the plan, which is set up once and disposed once.</summary>
    [Fact]
    public void A_backend_that_sets_calls_up()
    {
        using var backend = new Repeatable();
        Holds(backend, "bn train f32 nchw 2x3x4x5 seed=2");
        Assert.Equal(1, backend.Prepared);
        Assert.Equal(1, backend.Disposed);
        Assert.InRange(backend.Runs, 3, int.MaxValue);
    }

    [SkippableTheory]
    [InlineData("ln fwd f32 4x6 seed=2")]
    [InlineData("ln bwd f32 4x6 seed=2")]
    public void A_program_in_Python(string text)
    {
        Tools.NeedPython("numpy");
        using var backend = new ProcessBackend(
            "/usr/bin/python3",
            [Path.Combine(Tools.Root, "backends/python/example_numpy.py")]
        );
        Holds(backend, text);
    }

    /// <summary>A program from before there was <c>prepare</c>: everything is sent with each slice.</summary>
    [SkippableFact]
    public void A_program_that_knows_time_alone()
    {
        var good = ScriptedProgram.Good();
        good.Metadata["nanoseconds"] = "7";
        using var backend = new ScriptedProgram(
            "answer good",
            time: "answer timed",
            other: "answer unknown"
        )
            .Save("timed", good)
            .Save("unknown", Unknown())
            .Start();
        var inputs = CaseData.Build(ScriptedProgram.Layer);
        using var call = backend.Prepare(ScriptedProgram.Layer.Problem, inputs).Call!;
        Assert.Equal([7], call.Repeat(1).Nanoseconds);
        Assert.Equal(RunStatus.Completed, call.Collect().Outcome.Status);
    }

    [SkippableFact]
    public void A_library_is_timed_by_its_run()
    {
        var library = TinyLibrary.Compile(
            "float *m = t->running_mean.data; for (int c = 0; c < 3; c++) m[c] += 1;"
        );
        Assert.Equal(1, RunningMeanAfter(library));
    }

    /// <summary>With the optional functions only execute is repeated; what finish writes is what is collected.</summary>
    [SkippableFact]
    public void A_library_that_sets_calls_up_is_timed_by_its_execute()
    {
        var library = TinyLibrary.Compile(
            "return NC_FAILED;",
            more: """
            static nc_tensors kept;
            static int executed;
            int32_t normcheck_prepare(const nc_problem *p, const nc_tensors *t, void **plan)
            {
                (void)p; kept = *t; *plan = &kept; executed = 0; return NC_OK;
            }
            int32_t normcheck_execute(void *plan) { (void)plan; executed++; return NC_OK; }
            int32_t normcheck_finish(void *plan)
            {
                (void)plan;
                fill(&kept.y); fill(&kept.saved_mean); fill(&kept.saved_inv_std);
                for (int c = 0; c < 3; c++) ((float *)kept.running_mean.data)[c] += executed;
                return NC_OK;
            }
            """
        );
        Assert.Equal(50, RunningMeanAfter(library));
    }

    [Fact]
    public void A_problem_that_a_backend_declines_has_the_reason()
    {
        var inputs = TimedData.Build(Case.Parse("rms fwd f32 2x3"));
        using var backend = new Cli.DoubledBackend();
        var prepared = TimedCalls.Prepare(backend, Case.Parse("rms fwd f32 2x3").Problem, inputs);
        Assert.Null(prepared.Call);
        Assert.Equal(new(RunStatus.Unsupported, "no RMS norm here"), prepared.Outcome);
    }

    [Fact]
    public void Wrong_outputs_of_timed_calls_are_wrong()
    {
        using var right = new ScalarBackend();
        using var doubled = new Cli.DoubledBackend();
        var run = new BenchRun(
            [("right", right), ("doubled", doubled)],
            s_short,
            ContractLevel.AnyOrder
        );
        var row = run.Row(Case.Parse("ln fwd f32 4x6 seed=2"));
        Assert.False(row.Cells[0].IsWrong);
        Assert.True(row.Cells[1].IsWrong);
        Assert.StartsWith("y: ", row.Cells[1].Verdict!.Failure);
    }

    [Theory]
    [InlineData("ln fwd f32 10x6", (2 * 240) + (2 * 24) + (2 * 40))]
    [InlineData("ln bwd bf16 10x6 saved=no", (3 * 120) + (3 * 24))]
    [InlineData("bn train f32 nhwc 2x3x4x5 saved=no affine=none", (2 * 480) + (4 * 12))]
    public void Minimal_traffic_is_each_tensor_once(string text, long bytes) =>
        Assert.Equal(bytes, MinimalTraffic.Bytes(ProblemText.Parse(text)));

    private static void Holds(INormBackend backend, string text)
    {
        var run = new BenchRun([("it", backend)], s_short, ContractLevel.AnyOrder);
        var cell = run.Row(Case.Parse(text)).Cells.Single();
        Assert.Equal(RunOutcome.Completed, cell.Outcome);
        Assert.Null(cell.Verdict!.Failure);
        Assert.InRange(cell.MedianTime, cell.LeastTime, 1e10);
        Assert.InRange(cell.Repetitions, 1, int.MaxValue);
    }

    /// <summary>By how much one channel's running mean has grown after 50 repetitions.</summary>
    private static double RunningMeanAfter(string library)
    {
        var @case = Case.Parse("bn train f32 nchw 2x3x5x5 seed=5");
        using var backend = new NativeBackend(library);
        var inputs = CaseData.Build(@case);
        var before = (float)inputs.Require(TensorRole.RunningMean).Read(0);
        using var call = backend.Prepare(@case.Problem, inputs).Call!;
        Assert.Equal(50, call.Repeat(50).Nanoseconds.Count);
        var after = call.Collect().Outputs!.Require(TensorRole.RunningMean).Read(0);
        return Math.Round(after - before, 3);
    }

    private static SafetensorsBlob Unknown()
    {
        var blob = new SafetensorsBlob();
        blob.Metadata["status"] = "unsupported";
        return blob;
    }

    private sealed class Repeatable : INormBackend, IRepeatableBackend
    {
        private readonly ScalarBackend _scalar = new();

        public int Prepared { get; private set; }

        public int Disposed { get; private set; }

        public int Runs { get; private set; }

        public BackendDescription Description => _scalar.Description;

        public string? Refuses(NormProblem problem) => null;

        public RunOutcome Run(NormProblem problem, TensorSet tensors) =>
            throw new InvalidOperationException("expected a prepared call");

        public IRepeatableCall Prepare(NormProblem problem, TensorSet tensors)
        {
            Prepared++;
            return new Repeated(this, problem, tensors);
        }

        public void Dispose() => _scalar.Dispose();

        private sealed class Repeated(Repeatable owner, NormProblem problem, TensorSet tensors)
            : IRepeatableCall
        {
            public void Run()
            {
                owner.Runs++;
                _ = owner._scalar.Run(problem, tensors);
            }

            public void Dispose() => owner.Disposed++;
        }
    }
}
