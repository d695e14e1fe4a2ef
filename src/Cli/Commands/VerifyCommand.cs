using System.CommandLine;
using System.Diagnostics;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck verify</c>: the campaign.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var backend = SharedOptions.BackendOrDefault();
        var ops = new Option<string>("--ops") { Description = "bn,renorm,ln,in,gn,rms" };
        var passes = new Option<string>("--passes") { Description = "train,infer,bwd,bwd-infer" };
        var dtypes = new Option<string>("--dtypes") { Description = "f32,f64,f16,bf16" };
        var layouts = new Option<string>("--layouts")
        {
            Description = "channels-first,channels-last (also nchw,nhwc)",
        };
        var laws = SharedOptions.Laws();
        var problems = new Option<string[]>("--problems")
        {
            Description =
                "a file with one case a line, or a list of 'normcheck list problems'; without --cases or --budget only these are run",
        };
        var budget = new Option<string>("--budget") { Description = "time, as 60s or 2m" };
        var cases = new Option<long?>("--cases")
        {
            Description = $"number of random cases (default {CampaignOptions.DefaultCases})",
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "seed of the random cases",
            DefaultValueFactory = _ => 1,
        };
        var shard = new Option<string>("--shard") { Description = "K/N: the K-th of N parts" };
        var contract = SharedOptions.Contract();
        var convention = new Option<string>("--convention")
        {
            Description = "what the backend is meant to compute (default: what it says)",
        };
        var report = new Option<string>("--report") { Description = "json,junit,md" };
        var directory = new Option<string>("--out")
        {
            Description = "folder for reports and counterexamples",
            DefaultValueFactory = _ => "normcheck-report",
        };
        var failFast = new Option<bool>("--fail-fast") { Description = "end at the first finding" };
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var timeout = SharedOptions.Timeout();
        var command = new Command(
            "verify",
            "run a campaign and give a verdict per op, pass, type and layout"
        )
        {
            backend,
            ops,
            passes,
            dtypes,
            layouts,
            laws,
            problems,
            budget,
            cases,
            seed,
            shard,
            contract,
            convention,
            report,
            directory,
            failFast,
            quiet,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                new VerifyArguments
                {
                    Backend = parsed.GetRequiredValue(backend),
                    Ops = parsed.GetValue(ops),
                    Passes = parsed.GetValue(passes),
                    DTypes = parsed.GetValue(dtypes),
                    Layouts = parsed.GetValue(layouts),
                    Laws = parsed.GetValue(laws),
                    Problems = parsed.GetValue(problems) ?? [],
                    Budget = parsed.GetValue(budget),
                    Cases = SharedOptions.NotNegative("--cases", parsed.GetValue(cases)),
                    Seed = parsed.GetValue(seed),
                    Shard = parsed.GetValue(shard),
                    Contract = ContractLevels.Parse(parsed.GetRequiredValue(contract)),
                    Convention = parsed.GetValue(convention),
                    FailFast = parsed.GetValue(failFast),
                },
                new ReportFiles(parsed.GetRequiredValue(directory), parsed.GetValue(report)),
                parsed.GetValue(quiet),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        VerifyArguments arguments,
        ReportFiles files,
        bool quiet,
        TimeSpan? timeout
    )
    {
        // Words that make no sense are told before a backend is started, which may take seconds.
        arguments.Options(new BackendDescription { Name = "", Version = "" });
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
            Head(terminal, arguments, options, pool.Description, cells);
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
        TerminalReport.Write(terminal, report, files.Write(report), clock.Elapsed);
        return ReportExit.Code(terminal, report, pool.Refusal);
    }

    private static void Head(
        Terminal terminal,
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
