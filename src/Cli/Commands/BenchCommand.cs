using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Timing;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck bench</c>: backends side by side in one run, timed and judged.</summary>
internal static class BenchCommand
{
    private const string DefaultList = "bench";
    private const int CopySamples = 3;
    private static readonly TimeSpan s_loadTime = TimeSpan.FromMilliseconds(100);

    public static Command Create(Terminal terminal)
    {
        var backends = SharedOptions.Backends("what to time, see 'normcheck list backends'");
        var problems = new Option<string[]>("--problems")
        {
            Description =
                $"a file with one case a line, or a list of 'normcheck list problems' (default: {DefaultList})",
        };
        var problem = new Option<string[]>("--problem")
        {
            Description = "one case, as \"ln fwd f32 128x768\"; may be repeated",
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "measured seconds for each backend and problem (0.5)",
            DefaultValueFactory = _ => 0.5,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "seed of the data where a case gives none (1)",
            DefaultValueFactory = _ => 1,
        };
        var contract = SharedOptions.Contract();
        var report = new Option<string>("--report") { Description = "json,md" };
        var directory = new Option<string>("--out")
        {
            Description = "folder for reports",
            DefaultValueFactory = _ => "normcheck-report",
        };
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var command = new Command(
            "bench",
            "time backends side by side, and judge what they computed meanwhile"
        )
        {
            backends,
            problems,
            problem,
            seconds,
            seed,
            contract,
            report,
            directory,
            quiet,
        };
        command.SetAction(parsed =>
        {
            var arguments = new BenchArguments
            {
                Backends = [.. parsed.GetRequiredValue(backends)],
                Lists = parsed.GetValue(problems) ?? [],
                Problems = parsed.GetValue(problem) ?? [],
                Seconds = parsed.GetValue(seconds),
                Seed = parsed.GetValue(seed),
                Contract = ContractLevels.Parse(parsed.GetRequiredValue(contract)),
            };
            return Run(
                terminal,
                arguments,
                new BenchFiles(parsed.GetRequiredValue(directory), parsed.GetValue(report)),
                parsed.GetValue(quiet)
            );
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        BenchArguments arguments,
        BenchFiles files,
        bool quiet
    )
    {
        arguments.Check();
        var cases = arguments.Cases(DefaultList);
        var threads = Environment.ProcessorCount;

        // Without it some take one thread, some all.
        OpenMp.DefaultThreads(threads);

        var pools = new List<BackendPool>();
        try
        {
            foreach (var word in arguments.Backends)
            {
                pools.Add(new BackendPool(BackendCatalogue.Resolve(word, null)));
            }

            if (!quiet)
            {
                Head(terminal, arguments, pools, cases.Count, threads);
            }

            var report = Measure(terminal, arguments, pools, cases, threads, quiet);
            BenchText.Write(terminal.Out, report);
            foreach (var file in files.Write(report))
            {
                terminal.Out.WriteLine($"written   {file}");
            }

            return !report.Holds ? ExitCode.Finding
                : report.Rows.Any(row => row.Cells.Any(cell => cell.Repetitions > 0))
                    ? ExitCode.Held
                : throw new NothingRanException(
                    $"no backend does any of the problems: {report.Rows[0].Cells[0].Outcome.Message}"
                );
        }
        finally
        {
            pools.ForEach(pool => pool.Dispose());
        }
    }

    private static void Head(
        Terminal terminal,
        BenchArguments arguments,
        List<BackendPool> pools,
        int cases,
        int threads
    )
    {
        terminal.Out.WriteLine(
            $"bench: {cases} problem{(cases == 1 ? "" : "s")}, {ProblemText.Number(arguments.Seconds)} s each, {threads} threads, seed {arguments.Seed}, contract {arguments.Contract.Word()}"
        );
        foreach (var (word, pool) in arguments.Backends.Zip(pools))
        {
            var about = pool.Description;
            terminal.Out.WriteLine(
                $"  {word}: {about.Name} {about.Version}, convention {about.Convention}"
            );
        }
    }

    private static BenchReport Measure(
        Terminal terminal,
        BenchArguments arguments,
        List<BackendPool> pools,
        IReadOnlyList<Case> cases,
        int threads,
        bool quiet
    )
    {
        var backends = pools
            .Select(pool => ((BackendPool.TrackedBackend)pool.Start()).Inner)
            .ToArray();
        var run = new BenchRun(
            [.. arguments.Backends.Zip(backends)],
            new TimingOptions { Budget = TimeSpan.FromSeconds(arguments.Seconds) },
            arguments.Contract
        );
        using var copy = new CopyBandwidth(threads);
        var rows = new List<BenchRow>();
        var current = "copying memory";
        Progress.Show(
            terminal,
            quiet,
            () =>
                new ProgressState(
                    rows.Count,
                    cases.Count,
                    rows.ToArray().Sum(row => row.Cells.Count(cell => cell.IsWrong)),
                    current,
                    null
                ),
            () =>
            {
                copy.WarmUp();
                var load = OtherLoad.Measure(s_loadTime);
                foreach (var @case in cases)
                {
                    var before = copy.Sample(CopySamples);
                    current = BenchText.Short(@case.Problem);
                    var row = run.Row(@case);
                    var after = OtherLoad.Measure(s_loadTime);
                    rows.Add(row with { CopyBefore = before, OtherLoad = Math.Max(load, after) });
                    load = after;
                }

                copy.Sample(CopySamples);
                return rows.Count;
            }
        );
        return new BenchReport
        {
            Command = arguments.Command,
            Seed = arguments.Seed,
            Seconds = arguments.Seconds,
            Threads = threads,
            Machine = Machine(),
            Contract = arguments.Contract.Word(),
            OrdinaryCopy = copy.Ordinary,
            NonTemporalCopy = copy.NonTemporal,
            CopySamples = copy.Samples,
            Backends =
            [
                .. arguments.Backends.Zip(
                    pools,
                    (word, pool) =>
                        new BenchBackend(word, pool.Description, BackendCatalogue.IsPeer(word))
                ),
            ],
            Rows = rows,
        };
    }

    /// <summary>The processor's name where the system tells it.</summary>
    private static string Machine()
    {
        const string Source = "/proc/cpuinfo";
        var name = File.Exists(Source)
            ? File.ReadLines(Source)
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return $"{name?.Split(':', 2)[^1].Trim() ?? "unknown processor"}, {Environment.ProcessorCount} cores";
    }
}
