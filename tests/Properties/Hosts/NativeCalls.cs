using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>What reaches a library in a call, and what comes back.</summary>
public class NativeCalls
{
    /// <summary>The library, compiled with the header, sees every field where the header has it.</summary>
    [SkippableFact]
    public void The_structs_are_those_of_the_header()
    {
        var @case = Case.Parse(
            "renorm train f32 nhwc 2x3x5x4 eps=0.25 momentum=0.375 rmax=3 dmax=inf seed=1"
        );
        var library = TinyLibrary.Compile(
            """
            #define CHECK(condition) if (!(condition)) { fprintf(stderr, "not %s\n", #condition); abort(); }
            CHECK(problem->struct_size == sizeof(nc_problem));
            CHECK(problem->op == NC_BATCH_RENORM); CHECK(problem->pass == NC_FORWARD_TRAINING);
            CHECK(problem->rank == 4); CHECK(problem->dtype == NC_F32);
            CHECK(problem->shape[0] == 2); CHECK(problem->shape[1] == 5);
            CHECK(problem->shape[2] == 4); CHECK(problem->shape[3] == 3);
            CHECK(problem->channel_axis == 3); CHECK(problem->groups == 1);
            CHECK(problem->epsilon == 0.25); CHECK(problem->momentum == 0.375);
            CHECK(problem->r_max == 3); CHECK(isinf(problem->d_max)); CHECK(problem->stored_variance == 1);
            CHECK(t->x.rank == 4); CHECK(t->x.shape[3] == 3); CHECK(t->x.strides[3] == 1);
            CHECK(t->x.strides[1] == 12); CHECK(t->x.dtype == NC_F32);
            CHECK(t->gamma.rank == 1); CHECK(t->gamma.shape[0] == 3);
            CHECK(t->running_mean.data); CHECK(t->running_std.data); CHECK(!t->running_var.data);
            CHECK(t->saved_mean.data); CHECK(t->saved_inv_std.data);
            CHECK(!t->dy.data); CHECK(!t->dx.data); CHECK(!t->dgamma.data); CHECK(!t->dbeta.data);
            ((float *)t->running_std.data)[2] = 42;
            """
        );
        using var backend = new NativeBackend(library);
        var tensors = CaseData.Build(@case);
        Assert.Equal(RunOutcome.Completed, backend.Run(@case.Problem, tensors));
        Assert.Equal(42, tensors.Require(TensorRole.RunningStd).Read(2));
    }

    /// <summary>The tiny library writes no gradient.</summary>
    [SkippableTheory]
    [InlineData("ln bwd f64 3x7 seed=5")]
    [InlineData("bn bwd f16 nhwc 2x3x5x5 seed=5")]
    [InlineData("gn bwd bf16 nchw 2x6x5 groups=3 seed=5")]
    [InlineData("in bwd f32 nchw 1x3x4x5 grad=nhwc seed=5")]
    public void Unwritten_outputs_come_back_as_poison(string text)
    {
        var @case = Case.Parse(text);
        using var backend = new NativeBackend(TinyLibrary.Compile(""));
        var tensors = CaseData.Build(@case);
        Assert.Equal(RunOutcome.Completed, backend.Run(@case.Problem, tensors));
        foreach (var role in new[] { TensorRole.Dx, TensorRole.DGamma, TensorRole.DBeta })
        {
            var output = tensors.Require(role);
            Assert.All(output.Distances(), at => Assert.True(Poison.IsPoison(output, at)));
        }
    }

    /// <summary>Both placements run: a result that depends on where buffers lie shows as two calls.</summary>
    [SkippableFact]
    public void Every_run_calls_twice_with_every_buffer_against_each_guard()
    {
        var library = TinyLibrary.Compile(
            """
            static int calls;
            uintptr_t begin = (uintptr_t)t->x.data, end = begin + 84;
            if (!(calls % 2 == 0 ? end % 4096 == 0 : begin % 4096 == 0)) abort();
            if (!(calls % 2 == 0 ? ((uintptr_t)t->gamma.data + 28) % 4096 == 0 : (uintptr_t)t->gamma.data % 4096 == 0)) abort();
            ((float *)t->y.data)[0] = ++calls;
            """
        );
        using var backend = new NativeBackend(library);
        var first = CaseData.Build(TinyLibrary.Layer);
        Assert.Equal(RunOutcome.Completed, backend.Run(TinyLibrary.Layer.Problem, first));
        Assert.Equal(1, first.Require(TensorRole.Y).Read(0));
        Assert.Equal(RunOutcome.Completed, backend.Run(TinyLibrary.Layer.Problem, first));
        Assert.Equal(3, first.Require(TensorRole.Y).Read(0));
    }

    [SkippableFact]
    public void A_call_in_place_shares_memory()
    {
        var library = TinyLibrary.Compile("if (t->x.data != t->y.data) abort();");
        using var backend = new NativeBackend(library);
        var tensors = CaseData.Build(TinyLibrary.Layer);
        tensors[TensorRole.Y] = tensors[TensorRole.X];
        Assert.Equal(RunOutcome.Completed, backend.Run(TinyLibrary.Layer.Problem, tensors));
        Assert.Equal(1, tensors.Require(TensorRole.X).Read(20));

        using var other = new NativeBackend(
            TinyLibrary.Compile("", describe: """{"abi":1,"name":"t","version":"0"}""")
        );
        Assert.Equal(RunStatus.Unsupported, other.Run(TinyLibrary.Layer.Problem, tensors).Status);
    }

    [SkippableFact]
    public void Timed_repetitions_see_the_same_inputs()
    {
        var @case = Case.Parse("bn train f32 nchw 2x3x5x5 seed=5");
        var library = TinyLibrary.Compile(
            "float *m = t->running_mean.data; for (int c = 0; c < 3; c++) m[c] += 1;"
        );
        using var backend = new NativeBackend(library);
        var tensors = CaseData.Build(@case);
        var before = tensors.Require(TensorRole.RunningMean).ToDoubles();
        var timed = backend.Time(@case.Problem, tensors, 50);
        Assert.Equal(RunOutcome.Completed, timed.Outcome);
        Assert.Equal(50, timed.Nanoseconds.Count);
        Assert.All(timed.Nanoseconds, time => Assert.InRange(time, 0, 20_000_000_000));
        Assert.Equal(
            before.Select(mean => (double)((float)mean + 1f)),
            tensors.Require(TensorRole.RunningMean).ToDoubles()
        );
    }

    /// <summary>From one byte below a page to one above, and beyond what a pipe holds.</summary>
    [SkippableFact]
    public void All_sizes_come_back_whole()
    {
        var library = TinyLibrary.Compile(
            "int64_t n = problem->shape[0] * problem->shape[1]; for (int64_t i = 0; i < n; i++) ((float *)t->y.data)[i] = i;"
        );
        using var backend = new NativeBackend(library);
        foreach (var count in new[] { 1, 1023, 1024, 1025, 8191, 8192, 8193, 300_007 })
        {
            var @case = Case.Parse($"ln fwd f32 1x{count} seed=5");
            var tensors = CaseData.Build(@case);
            Assert.Equal(RunOutcome.Completed, backend.Run(@case.Problem, tensors));
            var y = tensors.Require(TensorRole.Y).ToDoubles();
            Assert.Equal(Enumerable.Range(0, count).Select(i => (double)i), y);
        }
    }
}
