using NormCheck.Cli.Output;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The exit code of a report.</summary>
internal static class ReportExit
{
    public static int Code(Terminal terminal, CampaignReport report, string? refusal = null)
    {
        if (!report.Holds)
        {
            return ExitCode.Finding;
        }

        if (report.Cases > 0)
        {
            return ExitCode.Held;
        }

        terminal.Complain(
            report.Declined > 0
                ? $"nothing ran: {report.System} declined all {report.Declined} cases{(refusal is null ? "" : $" ({refusal})")}"
                : "nothing ran: no case was reached"
        );
        return ExitCode.NothingRan;
    }
}
