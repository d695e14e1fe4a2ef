using NormCheck.Contract;

namespace NormCheck.Verification.Timing;

/// <summary>How long backends are timed.</summary>
public sealed record TimingOptions
{
    /// <summary>Measured time for each backend and problem.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A slice is at least this long,</summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>and has at least so many repetitions.</summary>
    public int SliceRepetitions { get; init; } = 5;

    /// <summary>Rounds that the budget is divided into where slices are long enough.</summary>
    public int Rounds { get; init; } = 20;

    /// <summary>Pause before a slice: threads of the backend before it may still wait actively for more work.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Calls before anything counts take at least this long where code is compiled meanwhile,</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>this long elsewhere,</summary>
    public TimeSpan ShortWarmUp { get; init; } = TimeSpan.FromSeconds(0.03);

    /// <summary>and no longer than this, whether or not times have settled.</summary>
    public TimeSpan LongestWarmUp { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Fewest calls of a long warm-up, as far as its longest time allows; of a short one, a slice's.</summary>
    public int WarmUpRepetitions { get; init; } = 90;
}

/// <summary>The times of one backend on one problem.</summary>
public sealed class TimedSeries(RunOutcome outcome, ITimedCall? call)
{
    /// <summary>How the last exchange ended.</summary>
    public RunOutcome Outcome { get; internal set; } = outcome;

    /// <summary>Null where the backend does not run the problem, or stopped doing so.</summary>
    public ITimedCall? Call { get; } = call;

    /// <summary>Nanoseconds of every repetition that counts.</summary>
    public List<double> Nanoseconds { get; } = [];

    /// <summary>Repetitions in a slice.</summary>
    internal int Repetitions { get; set; } = 1;

    internal double Used { get; set; }

    public bool Runs => Call is not null && Outcome.Status == RunStatus.Completed;

    public double MedianTime => Median.Of(Nanoseconds);

    public double Least => Nanoseconds.Count == 0 ? double.NaN : Nanoseconds.Min();
}

/// <summary>
/// Times several backends on one problem, in turn: in each round every one runs one slice, and the order is rotated, so
/// that whatever the machine does meanwhile meets all of them.
/// </summary>
public static class TimingRounds
{
    public static IReadOnlyList<TimedSeries> Run(
        IReadOnlyList<PreparedCall> calls,
        TimingOptions options
    )
    {
        TimedSeries[] series = [.. calls.Select(each => new TimedSeries(each.Outcome, each.Call))];
        foreach (var one in series.Where(one => one.Runs))
        {
            WarmUp(one, options);
        }

        var budget = options.Budget.TotalNanoseconds;
        for (var round = 0; series.Any(one => one.Runs && one.Used < budget); round++)
        {
            for (var k = 0; k < series.Length; k++)
            {
                var one = series[(round + k) % series.Length];
                if (one.Runs && one.Used < budget)
                {
                    Thread.Sleep(options.Gap);
                    var times = Slice(one, one.Repetitions);
                    one.Nanoseconds.AddRange(times);
                    one.Used += times.Sum();
                }
            }
        }

        return series;
    }

    /// <summary>
    /// Calls until two slices agree within a tenth: code is compiled in tiers, caches and pages have to warm up. Leaves the
    /// number of repetitions that fill a slice.
    /// </summary>
    private static void WarmUp(TimedSeries series, TimingOptions options)
    {
        var (spent, calls, before) = (0.0, 0, double.PositiveInfinity);
        var slice = Math.Max(
            options.Slice.TotalNanoseconds,
            options.Budget.TotalNanoseconds / options.Rounds
        );
        var (least, fewest) = series.Call!.IsCompiledMeanwhile
            ? (options.WarmUp, options.WarmUpRepetitions)
            : (options.ShortWarmUp, options.SliceRepetitions);
        while (series.Runs)
        {
            var times = Slice(series, series.Repetitions);
            if (times.Count == 0)
            {
                return;
            }

            spent += times.Sum();
            calls += times.Count;
            var median = Median.Of(times);
            var settled = Math.Abs(median - before) <= 0.1 * median;
            before = median;
            series.Repetitions = (int)
                Math.Clamp(slice / Math.Max(median, 1), options.SliceRepetitions, 100_000);
            var enough = spent >= least.TotalNanoseconds && calls >= fewest;
            if ((enough && settled) || spent >= options.LongestWarmUp.TotalNanoseconds)
            {
                return;
            }
        }
    }

    private static IReadOnlyList<double> Slice(TimedSeries series, int repetitions)
    {
        var run = series.Call!.Repeat(repetitions);
        series.Outcome = run.Outcome;
        return [.. run.Nanoseconds.Select(time => (double)time)];
    }
}
