using System.Diagnostics;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary>One campaign on one backend, with its head and its progress.</summary>
internal sealed class VerifyRun(Terminal terminal, bool quiet, TimeSpan? timeout)
{
    /// <summary>Time that the last campaign took.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Why a backend declined a case, the last time one did.</summary>
    public string? Refusal { get; private set; }

    /// <exception cref="NothingRanException">The backend cannot start, or does nothing of what is asked.</exception>
    public CampaignReport Run(VerifyArguments arguments, ReportFiles files)
    {
        // Words that make no sense are told before a backend is started, which may take seconds.
        arguments.Options(new BackendDescription { Name = "", Version = "" });
        OpenMp.WaitAsleep();
        using var pool = new BackendPool(BackendCatalogue.Resolve(arguments.Backend, timeout));
        var options = arguments.Options(pool.Description) with
        {
            Another = BackendCatalogue.IsEmbedded(arguments.Backend) ? pool.Start : null,
        };
        var cells = CaseSelection.For(pool.Description, options.Selection).Cells().Count;
        if (cells == 0 && options.Listed.Count == 0)
        {
            throw new NothingRanException(
                $"{pool.Description.Name} does nothing of what is asked: it does {Does(pool.Description)}"
            );
        }

        if (!quiet)
        {
            Head(arguments, options, pool.Description, cells);
        }

        var clock = Stopwatch.StartNew();
        var saved = 0;
        var last = default(CampaignProgress);
        var campaign = new Campaign(pool.Start, options)
        {
            Progress = progress => last = progress,
            Save = (backend, _, result) =>
                files.Save(++saved, arguments.Backend, options.Level, backend, result),
        };
        var total = Total(options, cells, arguments.IsEndless);
        var report = Progress.Show(
            terminal,
            quiet,
            () => State(pool, options, total, last),
            () => campaign.Run(arguments.Backend, arguments.Command)
        );
        (Elapsed, Refusal) = (clock.Elapsed, pool.Refusal);
        return report;
    }

    private void Head(
        VerifyArguments arguments,
        CampaignOptions options,
        BackendDescription backend,
        int cells
    )
    {
        terminal.Out.WriteLine(
            $"verify {arguments.Backend}: {backend.Name} {backend.Version}, convention {options.Selection.Convention.Name}"
        );
        terminal.Out.WriteLine($"contract {options.Level.Word()}: {options.Level.Meaning()}");
        var listed = options.Listed.Count == 0 ? "" : $"{options.Listed.Count} listed cases, ";
        var random =
            arguments.IsEndless ? $"random cases in {cells} cells for {arguments.Budget}"
            : options.Cases == 0 ? "no random cases"
            : $"{options.Cases} random cases in {cells} cells";
        var shard = options.Shards > 1 ? $", shard {options.Shard}/{options.Shards}" : "";
        terminal.Out.WriteLine($"{listed}{random}, seed {options.Seed}{shard}");
    }

    private static long? Total(CampaignOptions options, int cells, bool endless) =>
        endless ? null : (options.Listed.Count + (cells > 0 ? options.Cases : 0)) / options.Shards;

    private static ProgressState State(
        BackendPool pool,
        CampaignOptions options,
        long? total,
        CampaignProgress? last
    )
    {
        var done = last?.Done ?? 0;
        var current = pool.Current is { } problem
            ? ReportText.Cell(CaseCell.Of(problem))
            : "starting";
        return new(
            done,
            total,
            last?.Findings ?? 0,
            done == total ? $"shrinking {current}" : current,
            options.Budget
        );
    }

    private static string Does(BackendDescription backend) =>
        string.Join(
            "; ",
            string.Join(",", backend.Ops.Select(op => op.Word())),
            string.Join(",", backend.DTypes.Select(dtype => dtype.Word())),
            string.Join(",", backend.Layouts.Select(layout => layout.Word()))
        );
}
