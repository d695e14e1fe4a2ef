using System.Globalization;

namespace NormCheck.Verification.Timing;

/// <summary>
/// How busy the machine is while a bench does nothing. Threads that wait actively for each other, as OpenMP's do, lose
/// whole time slices of the scheduler where another program has a core: times are then off by orders of magnitude.
/// </summary>
public static class OtherLoad
{
    /// <summary>From here on times are not to be trusted.</summary>
    public const double Much = 0.1;

    private const string Source = "/proc/stat";
    private const int Idle = 3;
    private const int WaitingForDisk = 4;

    /// <summary>Fraction of all cores' time that is used while this thread sleeps; NaN where the system does not tell.</summary>
    public static double Measure(TimeSpan time)
    {
        if (!File.Exists(Source))
        {
            return double.NaN;
        }

        var (busyBefore, allBefore) = Read();
        Thread.Sleep(time);
        var (busy, all) = Read();
        return all > allBefore ? (double)(busy - busyBefore) / (all - allBefore) : double.NaN;
    }

    private static (long Busy, long All) Read()
    {
        // cpu, then ticks: user nice system idle iowait irq softirq steal.
        long[] ticks =
        [
            .. File.ReadLines(Source)
                .First()
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Skip(1)
                .Take(8)
                .Select(word => long.Parse(word, CultureInfo.InvariantCulture)),
        ];
        var all = ticks.Sum();
        return (all - ticks[Idle] - ticks[WaitingForDisk], all);
    }
}
