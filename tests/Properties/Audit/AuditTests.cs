using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Properties.Cli;
using NormCheck.Reference;
using NormCheck.Verification.Audit;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Audit;

/// <summary>What a fixed tolerance lets through, and that the audit says so.</summary>
public class AuditTests
{
    private static AuditSubject[] Variants =>
        [
            .. VariantCatalogue.All.Select(each => new AuditSubject(
                each.Id,
                each.Description,
                ContractLevels.Parse(each.Contract),
                each.Start
            )),
        ];

    /// <summary>The right kernel with something done to what it wrote.</summary>
    private static AuditSubject After(string id, Action<TensorSet> change) =>
        new(
            id,
            "",
            ContractLevel.AnyOrder,
            () => new Changed(VariantCatalogue.Get("sequential").Start(), change)
        );

    private static AuditSubject Scaled(double factor) =>
        After(
            "scaled",
            tensors =>
            {
                var y = tensors.Require(TensorRole.Y);
                y.CopyFrom([.. y.ToDoubles().Select(value => value * factor)]);
            }
        );

    private static AuditedKernel Audit(string preset, AuditSubject subject) =>
        Assert.Single(AuditRun.Run(AuditPresets.Get(preset), [subject], [], 2, 1).Faults);

    [Fact]
    public void A_fault_below_the_tolerance_is_let_through_and_one_above_is_caught()
    {
        Assert.Equal(AuditFate.LetThrough, Audit("cudnn-frontend", Scaled(1.05)).Fate);
        Assert.Equal(AuditFate.Caught, Audit("liger", Scaled(1.05)).Fate);
        Assert.Equal(AuditFate.Caught, Audit("kernelbench-v0", Scaled(1.1)).Fate);
        Assert.Equal(AuditFate.LetThrough, Audit("miopen-bf16", Scaled(1.5)).Fate);
    }

    [Fact]
    public void A_kernel_within_the_bound_is_not_exercised_and_does_not_count()
    {
        var report = AuditRun.Run(AuditPresets.Get("liger"), [Scaled(1)], [], 4, 1);
        Assert.Equal(AuditFate.NotExercised, report.Faults.Single().Fate);
        Assert.Equal((0, 0), (report.Exercised, report.Killed));
    }

    [Fact]
    public void What_no_comparison_of_outputs_sees_is_let_through()
    {
        var scribbles = After("scribbles", tensors => tensors.Require(TensorRole.X).Write(0, 7));
        Assert.Equal(AuditFate.LetThrough, Audit("liger", scribbles).Fate);
    }

    [Fact]
    public void A_kernel_that_throws_is_caught() =>
        Assert.Equal(
            AuditFate.Caught,
            Audit("liger", After("throws", _ => throw new InvalidOperationException("x"))).Fate
        );

    [Fact]
    public void A_fault_of_another_op_is_elsewhere()
    {
        var subject = new AuditSubject(
            "bn",
            "",
            ContractLevel.AnyOrder,
            () => new OneOp(NormOp.BatchNorm)
        );
        var report = AuditRun.Run(AuditPresets.Get("liger"), [subject], [], 1, 1);
        Assert.Equal((0, 1), (report.Faults.Count, report.Elsewhere));
    }

    [Theory]
    [InlineData("kernelbench-v0", "constant statistics (mean 0.5, variance 0.0833)")]
    [InlineData("kernelbench-v0", "statistics of the first half")]
    [InlineData("miopen-bf16", "all zeros")]
    [InlineData("miopen-bf16", "beta only")]
    [InlineData("miopen-bn-bwd", "dx = dy")]
    [InlineData("llm-c", "NaN everywhere")]
    public void A_suite_that_accepts_what_is_no_norm_is_mistrusted(string preset, string output)
    {
        var report = AuditRun.Run(AuditPresets.Get(preset), [], [], 2, 1);
        Assert.Contains(output, report.Mistrusted.Select(each => each.Description));
    }

    [Theory]
    [InlineData("kernelbench")]
    [InlineData("onnx")]
    [InlineData("pytorch")]
    [InlineData("liger")]
    [InlineData("benchdnn")]
    [InlineData("hipdnn-dynamic")]
    public void A_suite_that_rejects_them_is_not(string preset) =>
        Assert.Empty(AuditRun.Run(AuditPresets.Get(preset), [], [], 4, 1).Mistrusted);

    [Theory]
    [InlineData("kernelbench")]
    [InlineData("kernelbench-v0")]
    [InlineData("onnx")]
    [InlineData("onnxruntime")]
    [InlineData("pytorch")]
    [InlineData("miopen")]
    [InlineData("miopen-bf16")]
    [InlineData("liger")]
    [InlineData("cudnn-frontend")]
    public void Correct_variants_pass_where_the_data_are_plain(string preset) =>
        Assert.Empty(
            AuditRun
                .Run(AuditPresets.Get(preset), [], Variants, 4, 1)
                .Rejected.Select(each => each.Id)
        );

    /// <summary>Correct kernels fail where a statistic must be exact, or where a tolerance does not know the mean.</summary>
    [Theory]
    [InlineData("benchdnn", "welford")]
    [InlineData("hipdnn-dynamic-offset", "sequential")]
    public void Correct_variants_fail_where_the_tolerance_is_no_bound(string preset, string id) =>
        Assert.Contains(
            id,
            AuditRun
                .Run(AuditPresets.Get(preset), [], Variants, 4, 1)
                .Rejected.Select(each => each.Id)
        );

    /// <summary>benchdnn's pairs: m is a power of two, and mean and variance are exact in f32 in any order.</summary>
    [Fact]
    public void Pairs_have_exact_statistics()
    {
        var preset = AuditPresets.Get("benchdnn");
        for (var trial = 0; trial < preset.Trials; trial++)
        {
            var @case = preset.Trial(trial, 1);
            var x = CaseData.Build(@case).Require(TensorRole.X).ToDoubles();
            var groups = Partitions.Of(@case.Problem).Groups;
            for (var channel = 0; channel < groups.Length; channel++)
            {
                var (forth, back, mean) = (0f, 0f, (float)Math.ScaleB(1, (channel % 7) - 2));
                foreach (var i in groups[channel])
                {
                    forth += ((float)x[i] - mean) * ((float)x[i] - mean);
                }

                foreach (var i in groups[channel].Reverse())
                {
                    back += ((float)x[i] - mean) * ((float)x[i] - mean);
                }

                Assert.Equal(
                    mean,
                    (float)(groups[channel].Sum(i => x[i]) / groups[channel].Length)
                );
                Assert.Equal(forth, back);
            }
        }
    }

    [Fact]
    public void Every_preset_is_told_apart_and_repeats_itself()
    {
        Assert.Equal(
            AuditPresets.All.Count,
            AuditPresets.All.Select(each => each.Name).Distinct().Count()
        );
        Assert.All(
            AuditPresets.All,
            preset => Assert.Equal(preset.Trial(0, 3).Text, preset.Trial(0, 3).Text)
        );
    }

    [Fact]
    public void The_command_ends_with_0_whatever_it_finds()
    {
        var run = CommandLine.Run("audit", "--preset", "kernelbench-v0", "--trials", "1");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("MISTRUSTED: it accepts constant", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_tolerance_is_judged_on_every_output_and_written_as_json()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("audit.json");
        var run = CommandLine.Run([
            "audit",
            "--rtol",
            "1e-3",
            "--atol",
            "1e-3",
            "--op",
            "bn",
            "--json",
            file,
        ]);
        Assert.Equal(0, run.Code);
        Assert.Contains("running_var: |a-e| <= 1e-3", run.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var audit = json.RootElement.GetProperty("audits")[0];
        Assert.Equal("own", audit.GetProperty("name").GetString());
        Assert.NotEqual(0, audit.GetProperty("variants").GetArrayLength());
    }

    [Theory]
    [InlineData("expected --rtol and --atol, or --preset", "audit")]
    [InlineData("expected --rtol and --atol, or --preset", "audit", "--rtol", "1e-3")]
    [InlineData("of at least 0, got -1 and 0", "audit", "--rtol", "-1", "--atol", "0")]
    [InlineData("unknown preset 'keras'", "audit", "--preset", "keras")]
    [InlineData("--preset brings its", "audit", "--preset", "onnx", "--atol", "1")]
    [InlineData("'--trials 0': expected 1", "audit", "--preset", "onnx", "--trials", "0")]
    [InlineData("unknown op 'lm'", "audit", "--rtol", "0", "--atol", "0", "--op", "lm")]
    [InlineData("unknown data class", "audit", "--rtol", "0", "--atol", "0", "--data", "odd")]
    [InlineData("unknown word '3'", "audit", "--rtol", "0", "--atol", "0", "--shape", "3")]
    public void Bad_usage_ends_with_2(string says, params string[] arguments)
    {
        var run = CommandLine.Run(arguments);
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    private sealed class Changed(INormBackend inner, Action<TensorSet> change) : INormBackend
    {
        public BackendDescription Description => inner.Description;

        public string? Refuses(NormProblem problem) => inner.Refuses(problem);

        public RunOutcome Run(NormProblem problem, TensorSet tensors)
        {
            var outcome = inner.Run(problem, tensors);
            change(tensors);
            return outcome;
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class OneOp(NormOp op) : INormBackend
    {
        public BackendDescription Description { get; } =
            new()
            {
                Name = "one op",
                Version = "1",
                Ops = [op],
            };

        public string? Refuses(NormProblem problem) => problem.Op == op ? null : "another op";

        public RunOutcome Run(NormProblem problem, TensorSet tensors) => RunOutcome.Completed;

        public void Dispose() { }
    }
}
