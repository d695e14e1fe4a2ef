using System.Diagnostics;

namespace NormCheck.Verification.Timing;

/// <summary>The machine's clock at its own resolution; a TimeSpan counts in steps of 100 ns.</summary>
internal static class Clock
{
    private static readonly double s_tick = 1e9 / Stopwatch.Frequency;

    /// <summary>Nanoseconds since a value of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public static long NanosecondsSince(long begin) =>
        (long)((Stopwatch.GetTimestamp() - begin) * s_tick);
}
