using System.Globalization;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Reports;

/// <summary>The self-test for people: what went wrong first, then the tables, the score last.</summary>
internal static class SelftestText
{
    public static void Write(TextWriter writer, SelftestReport report)
    {
        Complaints(writer, report);
        if (report.Kills.Count > 0)
        {
            Faults(writer, report.Kills);
            Classes(writer, report.Kills);
        }

        if (report.Matrix.Count > 0)
        {
            Laws(writer, report);
        }

        if (report.Nearest.Count > 0)
        {
            Variants(writer, report);
        }

        foreach (var climb in report.Climbs)
        {
            writer.WriteLine(
                $"Climbing on error/bound in {climb.Op.Word()}: {Short(climb.Ratio)} after {climb.Runs} runs  {climb.Case}"
            );
        }

        writer.WriteLine();
        Score(writer, report);
    }

    /// <summary>Everything that makes the self-test fail.</summary>
    private static void Complaints(TextWriter writer, SelftestReport report)
    {
        foreach (var kill in report.Survivors)
        {
            writer.WriteLine(
                $"SURVIVOR fault:{kill.Quarry.Subject.Id} after {kill.Cases} cases  {kill.Quarry.Story}"
            );
        }

        foreach (var alarm in report.Alarms.Take(20))
        {
            writer.WriteLine(
                $"FALSE ALARM variant:{alarm.Subject}  {alarm.Detail}\n  {alarm.Case}"
            );
        }

        foreach (var (subject, cell) in report.LawAlarms)
        {
            writer.WriteLine(
                $"FALSE ALARM variant:{subject} by the law {cell.Law}  {cell.Detail}\n  {cell.BrokenBy}"
            );
        }

        foreach (var climb in report.Loose)
        {
            writer.WriteLine(
                $"LOOSE BOUND {climb.Op.Word()}: no correct kernel comes within {Nearness.Tight} of it, the nearest reaches {Short(climb.Ratio)}"
            );
        }
    }

    private static void Faults(TextWriter writer, IReadOnlyList<Kill> kills)
    {
        writer.WriteLine("Faults: what found them, after how many cases and milliseconds");
        PlainTable.Write(
            writer,
            ["fault", "found by", "as", "cases", "ms"],
            [
                .. kills.Select(kill =>
                    (IReadOnlyList<string>)
                        [
                            kill.Quarry.Subject.Id,
                            By(kill),
                            kill.Survived || kill.By == Signature.Lawless ? "-" : kill.Cause,
                            kill.Cases.ToString(CultureInfo.InvariantCulture),
                            kill.Milliseconds.ToString("0", CultureInfo.InvariantCulture),
                        ]
                ),
            ]
        );
    }

    /// <summary>The oracle, a law, or how the call ended.</summary>
    public static string By(Kill kill) =>
        kill.Survived ? "NOTHING"
        : kill.By == Signature.Wrong ? "oracle"
        : kill.By == Signature.Lawless ? kill.Cause
        : kill.By;

    private static void Classes(TextWriter writer, IReadOnlyList<Kill> kills)
    {
        writer.WriteLine();
        PlainTable.Write(
            writer,
            ["class", "faults", "found", "median cases", "median ms", "worst ms"],
            [
                .. kills
                    .GroupBy(kill => kill.Quarry.Class)
                    .OrderByDescending(same => same.Count(kill => kill.Survived))
                    .ThenBy(same => same.Key, StringComparer.Ordinal)
                    .Select(same =>
                        (IReadOnlyList<string>)
                            [
                                same.Key,
                                $"{same.Count()}",
                                $"{same.Count(kill => !kill.Survived)}",
                                Number(Median(same.Select(kill => (double)kill.Cases))),
                                Number(Median(same.Select(kill => kill.Milliseconds))),
                                Number(same.Max(kill => kill.Milliseconds)),
                            ]
                    ),
            ]
        );
    }

    private static void Laws(TextWriter writer, SelftestReport report)
    {
        var laws = LawKills(report).ToArray();
        writer.WriteLine();
        writer.WriteLine(
            $"Laws alone: {laws.Length} laws, without the oracle they find {report.Matrix.Count - report.LawfulFaults.Count()} of {report.Matrix.Count} faults"
        );
        foreach (var (law, _) in laws.Where(each => each.Faults.Count == 0))
        {
            writer.WriteLine($"  {law} finds none of them");
        }
    }

    /// <summary>For every law, the faults that it finds.</summary>
    public static IEnumerable<(string Law, IReadOnlyList<string> Faults)> LawKills(
        SelftestReport report
    ) =>
        report
            .Matrix.SelectMany(row => row.Cells.Select(cell => (row.Subject, Cell: cell)))
            .GroupBy(each => each.Cell.Law)
            .Select(same =>
                (
                    same.Key,
                    (IReadOnlyList<string>)
                        [.. same.Where(each => each.Cell.IsBroken).Select(each => each.Subject)]
                )
            );

    private static void Variants(TextWriter writer, SelftestReport report)
    {
        writer.WriteLine();
        writer.WriteLine(
            "Correct variants: the largest error/bound on f32 and f64 data, under the contract of each"
        );
        foreach (var same in report.Nearest.GroupBy(each => each.Subject))
        {
            var ratios = string.Join(
                "  ",
                same.OrderBy(each => each.Op)
                    .Select(each => $"{each.Op.Word()} {Short(each.WorstRatio)}")
            );
            writer.WriteLine($"  {same.Key, -22}{same.Sum(each => each.Runs), 8} runs  {ratios}");
        }

        var nearest = report.Nearest.MaxBy(each => each.WorstRatio)!;
        writer.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Nearest to the bound: {nearest.Subject}, error/bound {nearest.WorstRatio:0.000000}\n  {nearest.WorstCase}"
            )
        );
    }

    private static void Score(TextWriter writer, SelftestReport report)
    {
        var kills = report.Kills;
        if (kills.Count > 0)
        {
            var found = kills.Count(kill => !kill.Survived);
            writer.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Faults: {found} of {kills.Count} found ({100.0 * found / kills.Count:0.0} %), median {Median(kills.Select(kill => kill.Milliseconds)):0} ms, worst {kills.Max(kill => kill.Milliseconds):0} ms"
                )
            );
        }

        if (report.Nearest.Count > 0)
        {
            writer.WriteLine(
                $"Correct variants: {report.Nearest.Select(each => each.Subject).Distinct().Count()} x {report.Options.Cases} cases, {report.VariantRuns} runs, {report.Alarms.Count} false alarms"
            );
        }

        if (report.Lawful.Count > 0)
        {
            writer.WriteLine(
                $"Laws on correct variants: {report.Lawful.Sum(row => row.Cells.Sum(cell => (long)cell.Held))} checks held, {report.LawAlarms.Count()} false alarms"
            );
        }

        writer.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(report.Holds ? "holds" : "FAILS")}, seed {report.Options.Seed}, {report.Elapsed.TotalSeconds:0.0} s"
            )
        );
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Short(double value) =>
        value.ToString("0.000", CultureInfo.InvariantCulture);
}
