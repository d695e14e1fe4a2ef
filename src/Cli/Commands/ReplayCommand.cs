using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck replay</c>: a saved counterexample, with the input bits of the file.</summary>
internal static class ReplayCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "a saved .safetensors file" };
        var backend = new Option<string>("--backend")
        {
            Description = "what to run (default: the backend that the file names)",
        };
        var contract = new Option<string>("--contract")
        {
            Description = "how well it must compute (default: what the file names)",
        };
        var timeout = SharedOptions.Timeout();
        var command = new Command("replay", "run a saved counterexample again")
        {
            file,
            backend,
            contract,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                parsed.GetRequiredValue(file),
                parsed.GetValue(backend),
                parsed.GetValue(contract),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string file,
        string? backendText,
        string? contract,
        TimeSpan? timeout
    )
    {
        var saved = Counterexample.Read(file);
        var level = contract is null ? saved.Level : ContractLevels.Parse(contract);
        using var pool = new BackendPool(
            BackendCatalogue.Resolve(backendText ?? Harmless(saved.Backend), timeout)
        );
        using var backend = pool.Start();
        var result = RunSaved(backend, saved, level);
        return CheckCommand.Show(terminal, result, backend, level);
    }

    /// <summary>A file may come from anywhere: it must not choose the program that is run.</summary>
    private static string Harmless(string backend) =>
        BackendCatalogue.RunsCodeOfCaller(backend)
            ? throw new InputException(
                $"the file names the backend '{backend}', which runs code from outside: give it yourself with --backend {CommandText.Quote(backend)}"
            )
            : backend;

    private static CaseResult RunSaved(
        INormBackend backend,
        Counterexample saved,
        ContractLevel level
    )
    {
        var problem = saved.Case.Problem;
        if (backend.Refuses(problem) is { } reason)
        {
            return new(
                saved.Case,
                new(RunStatus.Unsupported, reason),
                null,
                saved.Inputs,
                saved.Inputs
            );
        }

        var outputs = saved.Inputs.Clone();
        var outcome = backend.Run(problem, outputs);
        var verdict =
            outcome.Status == RunStatus.Completed
                ? OutputJudge.Decide(
                    problem,
                    outputs,
                    Oracle.Expect(problem, saved.Inputs, level),
                    level
                )
                : null;
        return new(saved.Case, outcome, verdict, saved.Inputs, outputs);
    }
}
