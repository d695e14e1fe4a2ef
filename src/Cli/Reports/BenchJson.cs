using NormCheck.Verification.Timing;

namespace NormCheck.Cli.Reports;

/// <summary>A bench as JSON: every median and minimum in nanoseconds, and what follows from them.</summary>
internal static class BenchJson
{
    public const int Schema = 1;

    public static string Write(BenchReport report) =>
        JsonFiles.Text(
            new BenchDocument
            {
                Schema = Schema,
                Command = report.Command,
                Machine = report.Machine,
                Threads = report.Threads,
                Seed = report.Seed,
                Seconds = report.Seconds,
                Contract = report.Contract,
                Holds = report.Holds,
                Copy = new()
                {
                    NonTemporalGbPerS = report.NonTemporalCopy,
                    OrdinaryGbPerS = report.OrdinaryCopy,
                    Samples = report.CopySamples,
                },
                Backends =
                [
                    .. report.Backends.Select(each => new BenchBackendDocument
                    {
                        Backend = each.Name,
                        System = $"{each.Description.Name} {each.Description.Version}",
                        Threads = each.Description.Threads,
                        Convention = each.Description.Convention,
                        Peer = each.IsPeer,
                    }),
                ],
                Problems = [.. report.Rows.Select(row => Problem(report, row))],
                Means =
                [
                    .. report
                        .Means()
                        .Where(mean => mean.Problems > 0)
                        .Select(mean => new BenchMeansDocument
                        {
                            Part = mean.Part,
                            Backend = mean.Backend,
                            Problems = mean.Problems,
                            OfCopy = Known(mean.OfCopy),
                            Compared = mean.Compared,
                            VsBestPeer = Known(mean.Ratio),
                            Slower = mean.Slower,
                        }),
                ],
            }
        );

    private static double? Known(double value) => double.IsNaN(value) ? null : value;

    private static BenchProblemDocument Problem(BenchReport report, BenchRow row) =>
        new()
        {
            Case = row.Case,
            TensorBytes = row.TensorBytes,
            TrafficBytes = row.Traffic,
            CopyBeforeGbPerS = Known(row.CopyBefore),
            OtherLoad = Known(row.OtherLoad),
            Results =
            [
                .. row.Cells.Select(cell => new BenchResultDocument
                {
                    Backend = cell.Backend,
                    Status = cell.Outcome.Status.ToString(),
                    Message = cell.Outcome.Message,
                    MedianNs = Known(cell.MedianTime),
                    MinNs = Known(cell.LeastTime),
                    Repetitions = cell.Repetitions,
                    GbPerS = Known(row.Bandwidth(cell)),
                    OfCopy = Known(row.Bandwidth(cell) / report.NonTemporalCopy),
                    VsBestPeer = Known(report.RatioToBestPeer(row, cell)),
                    Right = cell.Verdict?.Holds,
                    Judged = cell.Verdict?.Coverage ?? "",
                    ErrorOverBound = cell.Verdict?.Ratio,
                    Failure = cell.Verdict?.Failure ?? "",
                }),
            ],
        };
}

/// <summary>Geometric means.</summary>
internal sealed record BenchMeansDocument
{
    public required string Part { get; init; }

    public required string Backend { get; init; }

    public required int Problems { get; init; }

    public required double? OfCopy { get; init; }

    public required int Compared { get; init; }

    public required double? VsBestPeer { get; init; }

    public required int Slower { get; init; }
}

/// <summary>The file, property by property.</summary>
internal sealed record BenchDocument
{
    public required int Schema { get; init; }

    public required string Command { get; init; }

    public required string Machine { get; init; }

    public required int Threads { get; init; }

    public required ulong Seed { get; init; }

    public required double Seconds { get; init; }

    public required string Contract { get; init; }

    public required bool Holds { get; init; }

    public required BenchCopyDocument Copy { get; init; }

    public required IReadOnlyList<BenchBackendDocument> Backends { get; init; }

    public required IReadOnlyList<BenchProblemDocument> Problems { get; init; }

    public required IReadOnlyList<BenchMeansDocument> Means { get; init; }
}

internal sealed record BenchCopyDocument
{
    public required double NonTemporalGbPerS { get; init; }

    public required double OrdinaryGbPerS { get; init; }

    public required int Samples { get; init; }
}

internal sealed record BenchBackendDocument
{
    public required string Backend { get; init; }

    public required string System { get; init; }

    public required int Threads { get; init; }

    public required string Convention { get; init; }

    public required bool Peer { get; init; }
}

internal sealed record BenchProblemDocument
{
    public required string Case { get; init; }

    public required long TensorBytes { get; init; }

    public required long TrafficBytes { get; init; }

    /// <summary>Of the copies right before: how the machine was at that moment.</summary>
    public required double? CopyBeforeGbPerS { get; init; }

    /// <summary>Fraction of the machine that other programs used right before or after.</summary>
    public required double? OtherLoad { get; init; }

    public required IReadOnlyList<BenchResultDocument> Results { get; init; }
}

internal sealed record BenchResultDocument
{
    public required string Backend { get; init; }

    public required string Status { get; init; }

    public required string Message { get; init; }

    public required double? MedianNs { get; init; }

    public required double? MinNs { get; init; }

    public required int Repetitions { get; init; }

    public required double? GbPerS { get; init; }

    public required double? OfCopy { get; init; }

    public required double? VsBestPeer { get; init; }

    public required bool? Right { get; init; }

    /// <summary>All, or which part.</summary>
    public required string Judged { get; init; }

    public required double? ErrorOverBound { get; init; }

    public required string Failure { get; init; }
}
