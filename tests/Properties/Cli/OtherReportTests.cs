using System.Xml.Linq;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using Xunit;

namespace NormCheck.Properties.Cli;

public class OtherReportTests
{
    [Fact]
    public void JUnit_has_a_test_case_a_cell_and_says_what_failed_and_what_was_skipped()
    {
        var suite = XDocument
            .Parse(JUnitReport.Write(JsonReportTests.Awkward))
            .Root!.Elements("testsuite")
            .Single();

        Assert.Equal("3", suite.Attribute("tests")!.Value);
        Assert.Equal("1", suite.Attribute("failures")!.Value);
        Assert.Equal("1", suite.Attribute("skipped")!.Value);
        var cases = suite.Elements("testcase").ToDictionary(each => each.Attribute("name")!.Value);
        Assert.Equal(3, cases.Count);
        Assert.Contains(
            "x=[nan,inf]",
            cases["gn bwd bf16 channels-last"].Element("failure")!.Value,
            StringComparison.Ordinal
        );
        Assert.Null(cases["ln fwd f32 -"].Element("failure"));
        Assert.Null(cases["ln fwd f32 -"].Element("skipped"));
        Assert.NotNull(cases["bn bwd-infer f64 channels-first"].Element("skipped"));
    }

    [Fact]
    public void Markdown_keeps_its_table_whole_whatever_a_backend_says()
    {
        var text = MarkdownReport.Write(JsonReportTests.Awkward);

        Assert.Contains(
            "| gn | bwd | channels-last | – | – | ✗ 12/53 |",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("| ln | fwd | - | ✓ 7 | – | – |", text, StringComparison.Ordinal);
        Assert.Contains("by a signal \\| \\<b\\>", text, StringComparison.Ordinal);
        Assert.Contains("1 finding", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_leaves_out_rows_that_nothing_reached()
    {
        var unreached = new CellReport
        {
            Cell = new(NormOp.RmsNorm, NormPass.ForwardTraining, DType.F32, Layout.ChannelsFirst),
        };
        var report = JsonReportTests.Awkward with
        {
            Cells = [.. JsonReportTests.Awkward.Cells, unreached],
        };

        var rows = VerdictTable.Of(report).Rows;

        Assert.Equal(["bn", "ln", "gn"], rows.Select(row => row.Op));
    }
}
