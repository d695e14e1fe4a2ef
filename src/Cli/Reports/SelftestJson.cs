using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The self-test as JSON: score, faults with their killers, the matrix of laws and faults, variants.</summary>
internal static class SelftestJson
{
    /// <summary>Raised when the meaning of a property changes; new properties do not raise it.</summary>
    public const int Schema = 1;

    public static string Write(SelftestReport report) => JsonFiles.Text(Document(report));

    private static object Document(SelftestReport report) =>
        new
        {
            Schema,
            report.Holds,
            report.Options,
            Seconds = report.Elapsed.TotalSeconds,
            Faults = report.Kills.Select(kill => new
            {
                kill.Quarry.Subject.Id,
                kill.Quarry.Class,
                kill.Quarry.Story,
                Contract = kill.Quarry.Subject.Level.ToString(),
                Found = !kill.Survived,
                FoundBy = SelftestText.By(kill),
                kill.Cause,
                kill.Cases,
                kill.Milliseconds,
                kill.Case,
                kill.Detail,
            }),
            Matrix = report.Matrix.Select(row => new
            {
                Fault = row.Subject,
                BrokenLaws = row
                    .Cells.Where(cell => cell.IsBroken)
                    .Select(cell => new
                    {
                        cell.Law,
                        Case = cell.BrokenBy,
                        cell.Detail,
                    }),
            }),
            Variants = report.Nearest.Select(each => new
            {
                Id = each.Subject,
                Op = each.Op.Word(),
                each.Runs,
                each.WorstRatio,
                each.WorstCase,
            }),
            FalseAlarms = report.Alarms,
            LawAlarms = report.LawAlarms.Select(alarm => new
            {
                Variant = alarm.Subject,
                alarm.Cell.Law,
                Case = alarm.Cell.BrokenBy,
                alarm.Cell.Detail,
            }),
            Climbs = report.Climbs.Select(climb => new
            {
                Op = climb.Op.Word(),
                climb.Runs,
                climb.Ratio,
                climb.Case,
            }),
        };
}
