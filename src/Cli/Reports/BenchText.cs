using System.Globalization;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Timing;

namespace NormCheck.Cli.Reports;

/// <summary>A bench as text: one line for each problem and backend, geometric means, what is wrong or declined.</summary>
internal static class BenchText
{
    private const string Nothing = "–";

    public static IReadOnlyList<string> Header { get; } =
    ["problem", "backend", "median", "GB/s", "of copy", "vs best peer", "outputs"];

    public static IReadOnlyList<string> MeansHeader { get; } =
    ["geometric means", "backend", "problems", "of copy", "vs best peer", "compared", "slower"];

    public static void Write(TextWriter writer, BenchReport report)
    {
        PlainTable.Write(writer, Header, [.. Rows(report)]);
        writer.WriteLine();
        IReadOnlyList<string>[] means = [.. MeansRows(report)];
        if (means.Length > 0)
        {
            PlainTable.Write(writer, MeansHeader, means);
            writer.WriteLine();
        }

        foreach (var line in Notes(report))
        {
            writer.WriteLine(line);
        }
    }

    public static IEnumerable<IReadOnlyList<string>> Rows(BenchReport report)
    {
        foreach (var row in report.Rows)
        {
            foreach (var cell in row.Cells)
            {
                var first = ReferenceEquals(cell, row.Cells[0]);
                var timed = cell.Repetitions > 0;
                yield return
                [
                    first ? Short(row.Problem)
                    : ReferenceEquals(cell, row.Cells[1]) && row.OtherLoad > OtherLoad.Much
                        ? "  (machine busy)"
                    : "",
                    cell.Backend,
                    timed ? Time(cell.MedianTime) : Nothing,
                    timed ? Fixed(row.Bandwidth(cell), 1) : Nothing,
                    timed ? Fixed(row.Bandwidth(cell) / report.NonTemporalCopy, 2) : Nothing,
                    Fixed(report.RatioToBestPeer(row, cell), 2),
                    Outputs(cell),
                ];
            }
        }
    }

    public static IEnumerable<IReadOnlyList<string>> MeansRows(BenchReport report)
    {
        foreach (
            var part in report.Means().Where(mean => mean.Problems > 0).GroupBy(mean => mean.Part)
        )
        {
            foreach (var mean in part)
            {
                yield return
                [
                    mean == part.First() ? part.Key : "",
                    mean.Backend,
                    $"{mean.Problems}",
                    Fixed(mean.OfCopy, 2),
                    Fixed(mean.Ratio, 2),
                    $"{mean.Compared}",
                    $"{mean.Slower}",
                ];
            }
        }
    }

    /// <summary>Lines below the tables: the yardstick, what was judged in part, what is wrong, what was declined.</summary>
    public static IEnumerable<string> Notes(BenchReport report)
    {
        yield return $"copy: {Fixed(report.NonTemporalCopy, 1)} GB/s with non-temporal stores (the yardstick), {Fixed(report.OrdinaryCopy, 1)} with ordinary ones, {report.Threads} threads, median of {report.CopySamples}; {report.Machine}";
        yield return "GB/s: minimal traffic (each input read once, each output written once) over the median time; vs best peer: its time over this one's";
        var busy = report.Rows.Count(row => row.OtherLoad > OtherLoad.Much);
        if (busy > 0)
        {
            yield return $"BUSY: around {busy} of {report.Rows.Count} problems other programs used more than a tenth of the machine (up to {Fixed(100 * report.Rows.Max(row => row.OtherLoad), 0)} %): these times are not to be trusted";
        }

        foreach (var row in report.Rows)
        {
            foreach (var cell in row.Cells.Where(cell => cell.IsWrong))
            {
                yield return $"WRONG {cell.Backend}, {row.Case}: {cell.Verdict?.Failure ?? $"{cell.Outcome.Status}: {cell.Outcome.Message}"}";
            }
        }

        foreach (
            var declined in report
                .Rows.SelectMany(row => row.Cells)
                .Where(cell => cell.Outcome.Declined)
                .GroupBy(cell => (cell.Backend, cell.Outcome.Message))
        )
        {
            yield return $"declined {declined.Key.Backend}, {declined.Count()} problem{(declined.Count() == 1 ? "" : "s")}: {declined.Key.Message}";
        }
    }

    /// <summary>The problem without the words that have their usual values.</summary>
    public static string Short(NormProblem problem) =>
        ProblemText
            .Print(problem)
            .Replace(" eps=1e-05", "", StringComparison.Ordinal)
            .Replace(" momentum=0.1", "", StringComparison.Ordinal)
            .Replace(" axis=-1", "", StringComparison.Ordinal);

    public static string Time(double nanoseconds) =>
        nanoseconds < 1e3 ? $"{Fixed(nanoseconds, 0)} ns"
        : nanoseconds < 1e6 ? $"{Fixed(nanoseconds / 1e3, 2)} µs"
        : $"{Fixed(nanoseconds / 1e6, 3)} ms";

    public static string Fixed(double value, int digits) =>
        double.IsNaN(value) ? Nothing : value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    private static string Outputs(BenchCell cell) =>
        cell.IsWrong ? "WRONG"
        : cell.Verdict is null ? Nothing
        : cell.Verdict.Coverage == "all" ? "ok"
        : "ok, sampled";
}
