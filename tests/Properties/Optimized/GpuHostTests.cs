using NormCheck.Cli.Backends;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;
using NormCheck.Optimized.Gpu.OpenCl;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Optimized;

/// <summary>What stands between a program and a device: words, refusals, errors, compiled programs on disk, margins.</summary>
public sealed class GpuHostTests
{
    private static readonly NormProblem s_problem = ProblemText.Parse("ln fwd f32 3x7");

    [Theory]
    [InlineData("opencl:x")]
    [InlineData("opencl:0:quick")]
    [InlineData("opencl:-1")]
    [InlineData("cuda:1:2")]
    public void A_word_that_makes_no_sense_is_bad_input(string word)
    {
        var error = Assert.Throws<InputException>(() => GpuWord.Resolve(word));
        Assert.Contains($"got '{word}'", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_device_that_is_not_there_is_bad_input()
    {
        GpuTools.NeedDevice();
        var error = Assert.Throws<InputException>(() => GpuWord.Resolve("opencl:99"));
        Assert.Contains("got 99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_cannot_be_used_runs_nothing()
    {
        var device = new OtherDevice(hasDouble: true, refuses: "its driver has no compiler");
        var error = Assert.Throws<GpuMissingException>(() =>
            GpuDevices.Usable("opencl", [device], 0)
        );
        Assert.Contains("no compiler", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_binary64_there_is_tier_Fast()
    {
        var device = new OtherDevice(hasDouble: false, refuses: null);
        Assert.Contains(
            "expected tier Fast",
            GpuNormPlan.Refuses(s_problem, Tier.Faithful, device),
            StringComparison.Ordinal
        );
        Assert.Null(GpuNormPlan.Refuses(s_problem, Tier.Fast, device));
        Assert.NotNull(
            GpuNormPlan.Refuses(s_problem with { DType = DType.F64 }, Tier.Fast, device)
        );
    }

    [SkippableFact]
    public void An_error_of_the_compiler_comes_with_its_log()
    {
        var device = (OpenClDevice)GpuTools.NeedDevice();
        var error = Assert.Throws<GpuException>(() =>
            device.FromSource("__kernel void k(void) { nothing_of_the_kind(); }", "-cl-std=CL1.2")
        );
        Assert.StartsWith("clBuildProgram: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing_of_the_kind", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_gives_back_what_it_was_given()
    {
        var key = $"test {Guid.NewGuid()}";
        byte[] program = [1, 2, 3];
        Assert.Null(ProgramCache.Find(key));
        ProgramCache.Keep(key, program);
        Assert.Equal(ProgramCache.Directory is null ? null : program, ProgramCache.Find(key));
        ProgramCache.Drop(key);
        Assert.Null(ProgramCache.Find(key));
    }

    /// <summary>A file that is no program is compiled again, and replaced.</summary>
    [SkippableFact]
    public void A_spoilt_program_on_disk_does_no_harm()
    {
        GpuTools.NeedDevice();
        var variant = KernelVariant.Of(DType.F16, Tier.Fast);
        var device = OpenClDevice
            .All()
            .OfType<OpenClDevice>()
            .First(device => device.Refuses is null);
        var key = device.KeyOf(variant);
        ProgramCache.Keep(key, [1, 2, 3]);
        Assert.NotEqual(0, device.Program(variant));
        Assert.NotEqual([1, 2, 3], ProgramCache.Find(key) ?? []);
    }

    /// <summary>Margins are looked at, before and behind, and so are inputs.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writing_beside_a_tensor_is_told(bool before)
    {
        using var queue = GpuTools.NeedDevice().Open();
        using var call = new GpuCall(queue, s_problem, Tensors(s_problem), Tier.Faithful);
        call.Compute();
        Assert.Equal(RunOutcome.Completed, call.Collect());
        foreach (var surroundings in call.Surroundings)
        {
            var bytes = new byte[surroundings.Bytes];
            queue.Read(surroundings, bytes);
            bytes[before ? (int)queue.Margin - 1 : ^(int)queue.Margin] ^= 1;
            queue.Write(surroundings, bytes);
            Assert.Equal(RunStatus.OutOfBoundsWrite, call.Collect().Status);
            bytes[before ? (int)queue.Margin - 1 : ^(int)queue.Margin] ^= 1;
            queue.Write(surroundings, bytes);
        }
    }

    [SkippableFact]
    public void Writing_to_an_input_is_told()
    {
        using var queue = GpuTools.NeedDevice().Open();
        using var call = new GpuCall(queue, s_problem, Tensors(s_problem), Tier.Faithful);
        call.Compute();
        var x = call.Surroundings.First();
        var bytes = new byte[x.Bytes];
        queue.Read(x, bytes);
        bytes[(int)queue.Margin] ^= 1;
        queue.Write(x, bytes);
        Assert.Equal(RunStatus.InputModified, call.Collect().Status);
    }

    /// <summary>A forward and its backward with data that stays on the device: the bits of the CPU.</summary>
    [SkippableFact]
    public void Data_may_stay_on_the_device()
    {
        using var queue = GpuTools.NeedDevice().Open();
        var forward = ProblemText.Parse("ln fwd f32 33x77");
        var backward = ProblemText.Parse("ln bwd f32 33x77");
        using var first = new GpuNormPlan(queue, forward);
        using var second = new GpuNormPlan(queue, backward);
        var tensors = Seeded.Tensors(backward);
        var buffers = new GpuTensors();
        foreach (var spec in TensorPlan.For(forward).Concat(TensorPlan.For(backward)))
        {
            buffers[spec.Role] ??= queue.Allocate(spec.Shape.Count * spec.DType.Size());
            if (tensors[spec.Role] is { } tensor)
            {
                queue.Write(buffers[spec.Role]!, tensor.Data.Span);
            }
        }

        var beta = new float[77];
        queue.Write<float>(buffers[TensorRole.Beta]!, beta);
        first.Enqueue(buffers);
        second.Enqueue(buffers);
        var actual = tensors.Clone();
        foreach (var spec in TensorPlan.For(backward).Where(spec => spec.IsOutput))
        {
            queue.Read(buffers[spec.Role]!, actual.Require(spec.Role).Data.Span);
        }

        // Seeded saved statistics are those of the same forward.
        GpuTools.SameBits(
            Bits.Run(backward, tensors, new() { Threads = 1 }),
            actual,
            backward,
            "data on the device"
        );
        foreach (var role in TensorRoles.All)
        {
            buffers[role]?.Dispose();
        }
    }

    [SkippableFact]
    public void A_tensor_of_the_wrong_size_is_bad_input()
    {
        using var queue = GpuTools.NeedDevice().Open();
        using var plan = new GpuNormPlan(queue, s_problem);
        using var x = queue.Allocate(5);
        var error = Assert.Throws<InputException>(() =>
            plan.Enqueue(new GpuTensors { [TensorRole.X] = x })
        );
        Assert.Contains("expected tensor x of 84 bytes", error.Message, StringComparison.Ordinal);
    }

    private static TensorSet Tensors(NormProblem problem) =>
        CaseData.Build(new Case { Problem = problem });

    private sealed class OtherDevice : GpuDevice
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public OtherDevice(bool hasDouble, string? refuses)
        {
            Name = "other";
            Driver = "none";
            HasDouble = hasDouble;
            MemoryBytes = 1;
            CacheBytes = 1;
            LocalBytes = 1;
            Refuses = refuses;
        }

        public override GpuQueue Open() => throw new GpuException("there is no such device");
    }
}
