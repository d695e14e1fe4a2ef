using System.CommandLine;
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
        var backends = SharedOptions.Backends(
            "what to verify, see 'normcheck list backends'; several give one table of verdicts"
        );
        backends.Arity = ArgumentArity.ZeroOrMore;
        backends.DefaultValueFactory = _ => [BackendCatalogue.Default];
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
            backends,
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
        {
            var words = parsed.GetRequiredValue(backends);
            return Run(
                terminal,
                new VerifyArguments
                {
                    Backend = words[0],
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
                words,
                (parsed.GetRequiredValue(directory), parsed.GetValue(report)),
                new VerifyRun(
                    terminal,
                    parsed.GetValue(quiet),
                    SharedOptions.TimeLimit(parsed.GetValue(timeout))
                )
            );
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        VerifyArguments arguments,
        IReadOnlyList<string> backends,
        (string Directory, string? Forms) output,
        VerifyRun run
    )
    {
        var files = new ReportFiles(output.Directory, output.Forms);
        if (backends.Count > 1)
        {
            var board = new VerifyBoard(terminal, output.Directory, output.Forms, run).Run(
                [.. backends.Select(each => arguments with { Backend = each })],
                arguments.CommandFor(backends)
            );
            BoardText.Write(terminal, board, files.Write(board));
            return BoardText.Code(board);
        }

        var report = run.Run(arguments, files);
        TerminalReport.Write(terminal, report, files.Write(report), run.Elapsed);
        return ReportExit.Code(terminal, report, run.Refusal);
    }
}
