using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;

namespace NormCheck.Cli.Reports;

/// <summary>The words that every form of the board shares.</summary>
internal static class BoardWords
{
    /// <summary>"✓ 53", "✗ 12/53 F2", "–".</summary>
    public static string Place(BoardPlace place, string passed, string finding) =>
        place.Cases == 0 ? "–"
        : place.Failures == 0 ? $"{passed} {place.Cases}"
        : $"{finding} {place.Failures}/{place.Cases} {Causes(place)}".TrimEnd();

    public static string Causes(BoardPlace place) =>
        string.Join(' ', place.Causes.Select(number => $"F{number}"));

    /// <summary>"pytorch 1.13.0a0, convention pytorch".</summary>
    public static string System(BoardSystem system) =>
        system.Report is { } report
            ? $"{report.System}, convention {report.Convention}, {ReportText.Many(report.Cases, "case")}, {ReportText.Many(report.Findings.Count, "finding")}{(report.Stopped.Length > 0 ? $", stopped early: {report.Stopped}" : "")}"
            : system.Missing;

    /// <summary>What to append to <c>normcheck verify SYSTEM</c> for one cell.</summary>
    public static string Options(CaseCell cell) =>
        $"--ops {cell.Op.Word()} --passes {cell.Pass.Word(cell.Op)} --dtypes {cell.DType.Word()}"
        + (cell.Op.HasChannels() ? $" --layouts {cell.LayoutWord}" : "");

    /// <summary>"F2: the variance is …".</summary>
    public static string Cause(BoardCause cause) =>
        $"F{cause.Number}: {cause.Cause.Sentence} ({cause.Cause.Id})";

    public static string Again(BoardFinding found) =>
        ReportText.Again(found.System.Report!, found.Finding);
}
