using NormCheck.Cli.Reports;
using NormCheck.Verification.Campaigns;
using Xunit;

namespace NormCheck.Properties.Cli;

public class MergeTests
{
    [Theory]
    [InlineData("simd", "any-order")]
    [InlineData("scalar", "faithful")]
    public void Shards_merged_are_the_unsharded_run(string backend, string contract)
    {
        using var folder = new TemporaryFolder();
        var whole = Report(folder, backend, contract, "whole");
        var first = Report(folder, backend, contract, "first", "--shard", "1/2");
        var second = Report(folder, backend, contract, "second", "--shard", "2/2");

        var merged = CommandLine.Run("merge", second, first, "--out", folder.File("merged.json"));

        Assert.Equal(Text(whole), Text(folder.File("merged.json")));
        Assert.Equal(Read(whole).Holds ? 0 : 1, merged.Code);
        Assert.Equal("", merged.Error);
    }

    [Fact]
    public void The_faithful_run_of_these_tests_has_findings()
    {
        // Otherwise the test above would say nothing about findings.
        using var folder = new TemporaryFolder();
        Assert.NotEmpty(Read(Report(folder, "scalar", "faithful", "whole")).Findings);
    }

    [Fact]
    public void Reports_of_different_runs_do_not_merge()
    {
        using var folder = new TemporaryFolder();
        var one = Report(folder, "simd", "any-order", "one", "--shard", "1/2");
        var other = Report(
            folder,
            "simd",
            "any-order",
            "other",
            "--shard",
            "2/2",
            "--dtypes",
            "f64"
        );

        var merged = CommandLine.Run("merge", one, other);

        Assert.Equal(2, merged.Code);
        Assert.Contains("expected shards of one run", merged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_given_twice_does_not_merge()
    {
        using var folder = new TemporaryFolder();
        var one = Report(folder, "simd", "any-order", "one", "--shard", "1/2");

        var merged = CommandLine.Run("merge", one, one);

        Assert.Equal(2, merged.Code);
        Assert.Contains("each shard once", merged.Error, StringComparison.Ordinal);
    }

    private static string Report(
        TemporaryFolder folder,
        string backend,
        string contract,
        string name,
        params string[] more
    )
    {
        CommandLine.Run([
            "verify",
            backend,
            "--ops",
            "bn,ln",
            "--cases",
            "60",
            "--seed",
            "11",
            "--contract",
            contract,
            "--report",
            "json",
            "--out",
            folder.File(name),
            .. more,
        ]);
        return Path.Combine(folder.File(name), "report.json");
    }

    private static CampaignReport Read(string file) =>
        JsonReport.Read(File.ReadAllText(file), file);

    /// <summary>The report without the names of files, which lie in the folder of the run.</summary>
    private static string Text(string file)
    {
        var report = Read(file);
        return JsonReport.Write(
            report with
            {
                Findings = [.. report.Findings.Select(finding => finding with { Files = [] })],
            }
        );
    }
}
