using NormCheck.Contract;

namespace NormCheck.Verification.Campaigns;

/// <summary>Joins the reports of shards into the report of the whole run.</summary>
public static class ReportMerge
{
    /// <exception cref="InputException">The reports are not shards of one run.</exception>
    public static CampaignReport Merge(IReadOnlyList<CampaignReport> reports)
    {
        var first = reports[0];
        foreach (var other in reports)
        {
            if (other.Command != first.Command || other.System != first.System)
            {
                throw new InputException(
                    $"expected shards of one run, got '{first.Command}' on {first.System} and '{other.Command}' on {other.System}"
                );
            }
        }

        var shards = reports.SelectMany(report => report.Shards).ToArray();
        if (shards.Distinct().Count() != shards.Length)
        {
            throw new InputException($"expected each shard once, got {string.Join(", ", shards)}");
        }

        return first with
        {
            Shards = Complete(shards) ? ["1/1"] : [.. shards.Order(StringComparer.Ordinal)],
            Cells =
            [
                .. reports
                    .SelectMany(report => report.Cells)
                    .GroupBy(cell => cell.Cell)
                    .Select(Merge),
            ],
            Grades =
            [
                .. reports
                    .SelectMany(report => report.Grades)
                    .GroupBy(grade => (grade.Op, grade.DType))
                    .Select(same => new GradeReport(
                        same.Key.Op,
                        same.Key.DType,
                        same.Min(grade => grade.Level)
                    ))
                    .OrderBy(grade => grade.Op)
                    .ThenBy(grade => grade.DType),
            ],
            Findings = Consequences.Drop(
                reports
                    .SelectMany(report => report.Findings)
                    .GroupBy(finding => finding.Key)
                    .Select(same =>
                        same.MinBy(finding => finding.FirstIndex)! with
                        {
                            Count = same.Sum(finding => finding.Count),
                            Cells = FindingReport.Sorted(same.SelectMany(finding => finding.Cells)),
                        }
                    )
                    .OrderBy(finding => finding.FirstIndex)
                    .ThenBy(finding => finding.Key, StringComparer.Ordinal),
                finding => finding.Signature,
                finding => finding.Cells
            ),
            DataClasses = new SortedDictionary<string, long>(
                reports
                    .SelectMany(report => report.DataClasses)
                    .GroupBy(pair => pair.Key)
                    .ToDictionary(same => same.Key, same => same.Sum(pair => pair.Value)),
                StringComparer.Ordinal
            ),
            Laws =
            [
                .. reports
                    .SelectMany(report => report.Laws)
                    .GroupBy(law => law.Law)
                    .Select(same => new LawTally(
                        same.Key,
                        same.Sum(law => law.Held),
                        same.Sum(law => law.Skipped),
                        same.Sum(law => law.Broken)
                    ))
                    .OrderBy(law => law.Law, StringComparer.Ordinal),
            ],
            Climbs =
            [
                .. reports
                    .SelectMany(report => report.Climbs)
                    .GroupBy(climb => climb.Op)
                    .Select(ClimbReport.Best)
                    .OrderBy(climb => climb.Op),
            ],
            Stopped =
                reports.Select(report => report.Stopped).FirstOrDefault(text => text.Length > 0)
                ?? "",
        };
    }

    /// <summary>True where 1/N … N/N are all there.</summary>
    private static bool Complete(string[] shards)
    {
        var counts = shards.Select(shard => shard.Split('/')[^1]).Distinct().ToArray();
        return counts.Length == 1
            && shards.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)
                == counts[0];
    }

    private static CellReport Merge(IGrouping<Cases.CaseCell, CellReport> same)
    {
        var worst = same.OrderByDescending(cell => cell.WorstRatio)
            .ThenBy(cell => cell.WorstCase, StringComparer.Ordinal)
            .First();
        return new CellReport
        {
            Cell = same.Key,
            Cases = same.Sum(cell => cell.Cases),
            Declined = same.Sum(cell => cell.Declined),
            Failures = same.Sum(cell => cell.Failures),
            WorstRatio = worst.WorstRatio,
            WorstCase = worst.WorstCase,
        };
    }
}
