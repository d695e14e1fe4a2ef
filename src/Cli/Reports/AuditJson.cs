using NormCheck.Contract;
using NormCheck.Verification.Audit;

namespace NormCheck.Cli.Reports;

/// <summary>Audits as JSON. No time stamps: the same command gives the same bytes.</summary>
internal static class AuditJson
{
    private const int Schema = 1;

    public static string Write(IEnumerable<AuditReport> reports) =>
        JsonFiles.Text(new { Schema, Audits = reports.Select(Document).ToArray() });

    private static object Document(AuditReport report) =>
        new
        {
            report.Preset.Name,
            report.Preset.Source,
            report.Preset.Data,
            Problems = report.Preset.Problems.Select(ProblemText.Print).ToArray(),
            report.Rules,
            report.Trials,
            report.Seed,
            report.Killed,
            report.Exercised,
            report.Elsewhere,
            Mistrusted = report.Mistrusted.Select(each => each.Description).ToArray(),
            report.Trivial,
            Faults = report.Faults.Select(Kernel).ToArray(),
            Variants = report
                .Variants.Select(each => new
                {
                    each.Id,
                    each.Trials,
                    each.Accepted,
                })
                .ToArray(),
        };

    private static object Kernel(AuditedKernel kernel) =>
        new
        {
            kernel.Id,
            kernel.Story,
            Fate = kernel.Fate switch
            {
                AuditFate.NotExercised => "not exercised",
                AuditFate.LetThrough => "let through",
                AuditFate.Sometimes => "sometimes",
                _ => "caught",
            },
            kernel.Trials,
            kernel.Accepted,
            kernel.Violations,
        };
}
