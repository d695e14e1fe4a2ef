using System.Globalization;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;

namespace NormCheck.Cli.Reports;

/// <summary>The sentences that every form of the report shares.</summary>
internal static class ReportText
{
    /// <summary>6000 cases, 112 cells, 0 findings, contract any-order, seed 1, 23.4 s.</summary>
    public static string Summary(CampaignReport report, TimeSpan? elapsed)
    {
        var tested = report.Cells.Count(cell => cell.Cases > 0);
        var parts = new List<string>
        {
            Many(report.Cases, "case"),
            Many(tested, "cell"),
            Many(report.Findings.Count, "finding"),
        };
        if (report.Declined > 0)
        {
            parts.Add($"{report.Declined} declined");
        }

        parts.Add($"contract {report.Contract}");
        parts.Add($"seed {report.Seed}");
        if (report.Shards is not ["1/1"])
        {
            parts.Add($"shard {string.Join(" + ", report.Shards)}");
        }

        if (elapsed is { } time)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"));
        }

        return string.Join(", ", parts);
    }

    /// <summary>"gn bwd (f32 f64 channels-last), wrong in 12 cases: ε is added to √v, not to v (epsilon-outside-root)".</summary>
    public static string Headline(FindingReport finding) =>
        $"{Places(finding)}, {Ending(finding.Status)} in {Many(finding.Count, "case")}: {finding.Cause.Sentence} ({finding.Cause.Id})";

    /// <summary>Op and pass with all types and layouts in which a finding was met.</summary>
    public static string Places(FindingReport finding)
    {
        var cell = finding.Cell;
        var dtypes = finding.Cells.Select(each => each.DType.Word()).Distinct();
        var layouts = finding
            .Cells.Select(each => each.LayoutWord)
            .Distinct()
            .Where(word => word != "-");
        var passes = finding.Cells.Select(each => each.Pass.Word(each.Op)).Distinct();
        return finding.Cells.Count == 0
            ? Cell(cell)
            : $"{cell.Op.Word()} {string.Join('/', passes)} {string.Join(' ', dtypes.Concat(layouts))}";
    }

    /// <summary>gn bwd bf16 channels-last; ops without channels have no layout to name.</summary>
    public static string Cell(CaseCell cell) =>
        cell.Op.HasChannels() ? cell.ToString() : cell.ToString()[..^" -".Length];

    /// <summary>The command that shows the finding again.</summary>
    public static string Again(CampaignReport report, FindingReport finding) =>
        CommandText.Check(report.Backend, finding.Case, report.Contract);

    /// <summary>What laws and searches came to, a line each; none where there were none.</summary>
    public static IEnumerable<string> Beside(CampaignReport report) =>
        new[] { Laws(report), Climbs(report) }.Where(line => line.Length > 0);

    /// <summary>"62 laws tried 9,812 times"; empty where none was.</summary>
    private static string Laws(CampaignReport report) =>
        report.Laws.Count == 0
            ? ""
            : $"Laws: {report.Laws.Count(law => law.Held > 0)} of {report.Laws.Count} held, {report.Laws.Sum(law => law.Held)} times in all, {report.Laws.Count(law => law.Broken > 0)} broken";

    /// <summary>How near the climbing searches came to the bound, op by op; empty where there was none.</summary>
    private static string Climbs(CampaignReport report) =>
        report.Climbs.Count == 0
            ? ""
            : $"Climbing reached these error/bound: {string.Join(", ", report.Climbs.Select(climb => $"{climb.Op.Word()} {ElementText.Short(climb.Ratio)}"))}";

    /// <summary>The grades as rows of op and one word per element type.</summary>
    public static IReadOnlyList<(string Op, IReadOnlyList<string> Grades)> Grades(
        CampaignReport report,
        IReadOnlyList<DType> dtypes
    ) =>
        [
            .. report
                .Grades.GroupBy(grade => grade.Op)
                .OrderBy(same => same.Key)
                .Select(same =>
                    (
                        same.Key.Word(),
                        (IReadOnlyList<string>)
                            [
                                .. dtypes.Select(dtype =>
                                    same.FirstOrDefault(grade => grade.DType == dtype) is { } grade
                                        ? JsonReport.GradeWord(grade)
                                        : "-"
                                ),
                            ]
                    )
                ),
        ];

    public static string Many(long count, string noun) =>
        count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Ending(string status) =>
        status switch
        {
            Signature.Wrong => "wrong",
            Signature.Lawless => "breaks a law",
            nameof(RunStatus.Signal) => "killed by a signal",
            nameof(RunStatus.Exited) => "process ended",
            nameof(RunStatus.TimedOut) => "timed out",
            nameof(RunStatus.OutOfBoundsRead) => "read out of bounds",
            nameof(RunStatus.OutOfBoundsWrite) => "wrote out of bounds",
            nameof(RunStatus.InputModified) => "modified an input",
            nameof(RunStatus.BadAnswer) => "bad answer",
            nameof(RunStatus.InvalidArgument) => "refused as invalid",
            _ => "failed",
        };
}
