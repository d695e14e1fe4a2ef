using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using Xunit;

namespace NormCheck.Properties.Cli;

public class JsonReportTests
{
    /// <summary>A report with everything that is hard to write down.</summary>
    internal static CampaignReport Awkward { get; } =
        new()
        {
            Backend = "exec:./a \"b\" 'c'",
            System = "numbers <&> ε 1.0\u0001",
            Contract = "any-order",
            Convention = "pytorch",
            Seed = ulong.MaxValue,
            Command = "./normcheck verify 'exec:./a'",
            Shards = ["2/3"],
            Stopped = "the budget of 60 s was used up",
            Cells =
            [
                new()
                {
                    Cell = new(
                        NormOp.GroupNorm,
                        NormPass.BackwardTraining,
                        DType.BF16,
                        Layout.ChannelsLast
                    ),
                    Cases = 53,
                    Declined = 4,
                    Failures = 12,
                    WorstRatio = 0.1 + 0.2,
                    WorstCase = "gn bwd bf16 nhwc 2x4x3x5 groups=2 eps=1e-05 data=normal seed=1",
                },
                new()
                {
                    Cell = new(
                        NormOp.LayerNorm,
                        NormPass.ForwardTraining,
                        DType.F32,
                        Layout.ChannelsFirst
                    ),
                    Cases = 7,
                    WorstRatio = double.PositiveInfinity,
                },
                new()
                {
                    Cell = new(
                        NormOp.BatchNorm,
                        NormPass.BackwardInference,
                        DType.F64,
                        Layout.ChannelsFirst
                    ),
                    Declined = 3,
                },
            ],
            Grades =
            [
                new(NormOp.LayerNorm, DType.F32, (int)ContractLevel.Pairwise),
                new(NormOp.GroupNorm, DType.BF16, -1),
            ],
            Laws = [new("repeatable", 53, 4, 2)],
            Climbs = [new(NormOp.LayerNorm, 200, 0.1 + 0.2, "ln fwd f32 1x3 x=[1,2,3]")],
            Findings =
            [
                new()
                {
                    Cell = new(
                        NormOp.GroupNorm,
                        NormPass.BackwardTraining,
                        DType.BF16,
                        Layout.ChannelsLast
                    ),
                    Cells =
                    [
                        new(
                            NormOp.GroupNorm,
                            NormPass.BackwardTraining,
                            DType.BF16,
                            Layout.ChannelsLast
                        ),
                    ],
                    Status = "Signal",
                    Cause = new("signal", "the process is killed by a signal | <b>"),
                    Count = 12,
                    FirstIndex = 1L << 40,
                    FirstCase = "gn bwd bf16 nhwc 2x4x3x5 groups=2 eps=1e-05 data=normal seed=1",
                    Case = "gn bwd bf16 nhwc 1x2x1x1 groups=1 eps=1e-05 x=[nan,inf]",
                    Detail = "Signal: SIGSEGV at 0x0\tin \"kernel\"",
                    Files = ["normcheck-report/finding-001.safetensors"],
                },
            ],
            DataClasses = new SortedDictionary<string, long>(StringComparer.Ordinal)
            {
                ["normal"] = 40,
                ["-inf"] = 2,
            },
        };

    [Fact]
    public void A_report_reads_back_as_it_was_written()
    {
        var back = JsonReport.Read(JsonReport.Write(Awkward), "memory");

        Assert.Equal(JsonReport.Write(Awkward), JsonReport.Write(back));
        Assert.Equal(Awkward.Cells, back.Cells);
        Assert.Equal(Awkward.Grades, back.Grades);
        Assert.Equal(Awkward.DataClasses, back.DataClasses);
        Assert.Equal(Awkward.Shards, back.Shards);
        Assert.Equal(
            (Awkward.Backend, Awkward.System, Awkward.Contract, Awkward.Convention),
            (back.Backend, back.System, back.Contract, back.Convention)
        );
        Assert.Equal(
            (Awkward.Seed, Awkward.Command, Awkward.Stopped),
            (back.Seed, back.Command, back.Stopped)
        );
        var (wanted, got) = (Awkward.Findings.Single(), back.Findings.Single());
        Assert.Equal(wanted.Files, got.Files);
        Assert.Equal(wanted.Cells, got.Cells);
        Assert.Equal(wanted with { Files = [], Cells = [] }, got with { Files = [], Cells = [] });
        Assert.Equal(Awkward.Laws, back.Laws);
        Assert.Equal(Awkward.Climbs, back.Climbs);
    }

    [Theory]
    [InlineData("{}", "schema")]
    [InlineData("null", "null")]
    [InlineData("not json", "is an invalid JSON")]
    [InlineData("", "JSON")]
    public void A_text_that_is_no_report_is_bad_input(string text, string says)
    {
        var error = Assert.Throws<InputException>(() => JsonReport.Read(text, "shard.json"));
        Assert.StartsWith("shard.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_another_schema_is_bad_input()
    {
        var text = JsonReport
            .Write(Awkward)
            .Replace("\"schema\": 1", "\"schema\": 999", StringComparison.Ordinal);
        var error = Assert.Throws<InputException>(() => JsonReport.Read(text, "shard.json"));
        Assert.Contains("schema 999", error.Message, StringComparison.Ordinal);
    }
}
