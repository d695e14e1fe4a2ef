using NormCheck.Contract;

namespace NormCheck.Verification.Timing;

/// <summary>A backend of a bench.</summary>
/// <param name="Name">Its word on the command line.</param>
/// <param name="Description">What it says of itself.</param>
/// <param name="IsPeer">True for what ours are measured against.</param>
public sealed record BenchBackend(string Name, BackendDescription Description, bool IsPeer);

/// <summary>What one backend did on one problem.</summary>
/// <param name="Backend">Its word.</param>
/// <param name="Outcome">How its calls ended; a decline carries the reason.</param>
/// <param name="MedianTime">Nanoseconds; NaN where there are none.</param>
/// <param name="LeastTime">Nanoseconds of the fastest repetition.</param>
/// <param name="Repetitions">How many count.</param>
/// <param name="Verdict">On the outputs of the last repetition; null where there are none.</param>
public sealed record BenchCell(
    string Backend,
    RunOutcome Outcome,
    double MedianTime,
    double LeastTime,
    int Repetitions,
    TimedVerdict? Verdict
)
{
    /// <summary>True where the call ended badly or its outputs are wrong.</summary>
    public bool IsWrong => Outcome.IsFinding || Verdict is { Holds: false };

    /// <summary>True where it has a time that counts: right outputs and at least one repetition.</summary>
    public bool Counts => !IsWrong && Repetitions > 0;
}

/// <summary>One problem and what every backend did on it.</summary>
public sealed record BenchRow(NormProblem Problem, string Case, IReadOnlyList<BenchCell> Cells)
{
    /// <summary>Bytes that must move, see <see cref="MinimalTraffic"/>.</summary>
    public long Traffic { get; } = MinimalTraffic.Bytes(Problem);

    /// <summary>GB/s of the copies with non-temporal stores right before this problem; NaN where none were made.</summary>
    public double CopyBefore { get; init; } = double.NaN;

    /// <summary>What other programs used of the machine around this problem, see <see cref="OtherLoad"/>.</summary>
    public double OtherLoad { get; init; } = double.NaN;

    /// <summary>Bytes of x.</summary>
    public long TensorBytes { get; } = MinimalTraffic.TensorBytes(Problem);

    /// <summary>Minimal traffic over the median time, in GB/s.</summary>
    public double Bandwidth(BenchCell cell) => Traffic / cell.MedianTime;
}

/// <summary>Everything that a bench measured.</summary>
public sealed record BenchReport
{
    /// <summary>Tensors above this do not stay in a core's own caches.</summary>
    public const long Large = 4 << 20;

    public required string Command { get; init; }

    public required ulong Seed { get; init; }

    public required double Seconds { get; init; }

    public required int Threads { get; init; }

    public required string Machine { get; init; }

    public required string Contract { get; init; }

    /// <summary>GB/s of a copy with ordinary stores.</summary>
    public required double OrdinaryCopy { get; init; }

    /// <summary>GB/s of a copy with non-temporal stores: the yardstick.</summary>
    public required double NonTemporalCopy { get; init; }

    public required int CopySamples { get; init; }

    public required IReadOnlyList<BenchBackend> Backends { get; init; }

    public required IReadOnlyList<BenchRow> Rows { get; init; }

    public bool Holds => !Rows.Any(row => row.Cells.Any(cell => cell.IsWrong));

    /// <summary>Time of the fastest other backend among the peers over this one's; NaN where one of them is missing.</summary>
    public double RatioToBestPeer(BenchRow row, BenchCell cell)
    {
        var best = row
            .Cells.Where(other => other.Counts && other.Backend != cell.Backend)
            .Where(other => Backends.Any(each => each.IsPeer && each.Name == other.Backend))
            .Select(other => other.MedianTime)
            .DefaultIfEmpty(double.NaN)
            .Min();
        return cell.Counts ? best / cell.MedianTime : double.NaN;
    }

    /// <summary>Geometric means over parts of the problems, one line for each part.</summary>
    public IEnumerable<BenchMeans> Means()
    {
        (string Name, Func<BenchRow, bool> Has)[] parts =
        [
            ("all", _ => true),
            ("forward", row => !row.Problem.Pass.IsBackward()),
            ("backward", row => row.Problem.Pass.IsBackward()),
            ("above 4 MiB", row => row.TensorBytes > Large),
        ];
        return parts.SelectMany(part =>
            Backends.Select(backend => Mean(part.Name, part.Has, backend))
        );
    }

    private BenchMeans Mean(string part, Func<BenchRow, bool> has, BenchBackend backend)
    {
        (BenchRow Row, BenchCell Cell)[] cells =
        [
            .. Rows.Where(has)
                .Select(row => (row, row.Cells.First(cell => cell.Backend == backend.Name)))
                .Where(pair => pair.Item2.Counts),
        ];
        double[] ratios =
        [
            .. cells
                .Select(pair => RatioToBestPeer(pair.Row, pair.Cell))
                .Where(ratio => !double.IsNaN(ratio)),
        ];
        return new(
            part,
            backend.Name,
            cells.Length,
            Median.Geometric(cells.Select(pair => pair.Row.Bandwidth(pair.Cell) / NonTemporalCopy)),
            ratios.Length,
            Median.Geometric(ratios),
            ratios.Count(ratio => ratio < 1)
        );
    }
}

/// <summary>Geometric means of one backend over part of the problems.</summary>
/// <param name="Part">Which problems.</param>
/// <param name="Backend">Its word.</param>
/// <param name="Problems">How many of them it did rightly.</param>
/// <param name="OfCopy">Mean fraction of the non-temporal copy bandwidth.</param>
/// <param name="Compared">How many of them another peer did too.</param>
/// <param name="Ratio">Mean of the best peer's time over this one's.</param>
/// <param name="Slower">In how many of those it is slower than the best peer.</param>
public sealed record BenchMeans(
    string Part,
    string Backend,
    int Problems,
    double OfCopy,
    int Compared,
    double Ratio,
    int Slower
);
