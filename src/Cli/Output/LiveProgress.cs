using System.Diagnostics;
using NormCheck.Cli.Reports;
using Spectre.Console;

namespace NormCheck.Cli.Output;

/// <summary>A bar and a line that change in place.</summary>
internal static class LiveProgress
{
    private const int Steps = 1000;
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(200);

    public static T Show<T>(Terminal terminal, Func<ProgressState> state, Func<T> work) =>
        RichTables
            .Console(terminal)
            .Progress()
            .AutoClear(true)
            .Columns(
                new ProgressBarColumn { Width = 20 },
                new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left }
            )
            .Start(context =>
            {
                var clock = Stopwatch.StartNew();
                var task = context.AddTask("starting", maxValue: Steps);
                using var timer = new Timer(
                    _ =>
                    {
                        var now = state();
                        task.Value = Steps * now.Share(clock.Elapsed);
                        task.Description = Markup.Escape(now.Line(clock.Elapsed));
                    },
                    null,
                    TimeSpan.Zero,
                    s_period
                );
                return work();
            });
}
