using System.Diagnostics;
using System.Globalization;

namespace NormCheck.Cli.Output;

/// <summary>How far a command is.</summary>
/// <param name="Done">Cases done.</param>
/// <param name="Total">Cases in all; null where only time ends the run.</param>
/// <param name="Findings">Findings so far.</param>
/// <param name="Current">What it is at.</param>
/// <param name="Budget">Time after which it ends, if any.</param>
internal sealed record ProgressState(
    long Done,
    long? Total,
    int Findings,
    string Current,
    TimeSpan? Budget
)
{
    /// <summary>Between 0 and 1.</summary>
    public double Share(TimeSpan elapsed) =>
        Math.Clamp(
            Math.Max(
                Total is > 0 ? (double)Done / Total.Value : 0,
                Budget is { } budget ? elapsed / budget : 0
            ),
            0,
            1
        );

    public string Line(TimeSpan elapsed)
    {
        var share = Share(elapsed);
        var left =
            share >= 0.005 && Done >= 8
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $", {Clock((elapsed / share) - elapsed)} left"
                )
                : "";
        return $"{Done}{(Total is { } total ? $" of {total}" : "")} cases, {Findings} finding{(Findings == 1 ? "" : "s")}, {Current}{left}";
    }

    private static string Clock(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");
}

/// <summary>Shows how far a command is while it runs.</summary>
internal static class Progress
{
    private static readonly TimeSpan s_plainPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Runs the work; meanwhile a live line on a terminal, a plain line now and then elsewhere.</summary>
    public static T Show<T>(
        Terminal terminal,
        bool quiet,
        Func<ProgressState> state,
        Func<T> work
    ) =>
        quiet ? work()
        : terminal.Rich ? LiveProgress.Show(terminal, state, work)
        : Plain(terminal, state, work);

    private static T Plain<T>(Terminal terminal, Func<ProgressState> state, Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new Timer(
            _ => terminal.Error.WriteLine($"  {state().Line(clock.Elapsed)}"),
            null,
            s_plainPeriod,
            s_plainPeriod
        );
        return work();
    }
}
