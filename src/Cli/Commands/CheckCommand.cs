using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck check</c>: one case in full.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var backend = new Argument<string>("BACKEND") { Description = "what to run" };
        var words = new Argument<string[]>("CASE")
        {
            Description = "the case, as \"bn train f32 nchw 2x3x4x5 eps=1e-5 data=normal seed=7\"",
            Arity = ArgumentArity.OneOrMore,
        };
        var contract = SharedOptions.Contract();
        var save = new Option<string>("--save")
        {
            Description = "write the case with outputs and truth to this .safetensors file",
        };
        var laws = SharedOptions.Laws();
        var timeout = SharedOptions.Timeout();
        var command = new Command(
            "check",
            "run one case and show inputs, outputs, truth and bounds"
        )
        {
            backend,
            words,
            contract,
            laws,
            save,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                parsed.GetRequiredValue(backend),
                string.Join(' ', parsed.GetRequiredValue(words)),
                ContractLevels.Parse(parsed.GetRequiredValue(contract)),
                Words.Laws(parsed.GetValue(laws)),
                parsed.GetValue(save),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string backendText,
        string caseText,
        ContractLevel level,
        IReadOnlyList<Law> laws,
        string? save,
        TimeSpan? timeout
    )
    {
        var @case = Case.Parse(caseText);
        using var pool = new BackendPool(BackendCatalogue.Resolve(backendText, timeout));
        using var backend = pool.Start();
        var result = CaseRunner.Run(backend, @case, level);
        var tried = new LawTrial(
            laws,
            BackendCatalogue.IsEmbedded(backendText) ? pool.Start : null
        );
        result = tried.Run(backend, result, level);
        var code = Show(terminal, result, backend, level);
        tried.Write(terminal.Out);
        if (save is not null)
        {
            Counterexample.Write(save, backendText, backend, level, result);
            terminal.Out.WriteLine($"saved     {save}");
        }

        return code;
    }

    /// <summary>Prints a case that was run; gives the exit code.</summary>
    /// <exception cref="NothingRanException">The backend declined it.</exception>
    public static int Show(
        Terminal terminal,
        CaseResult result,
        INormBackend backend,
        ContractLevel level
    )
    {
        if (result.Declined)
        {
            throw new NothingRanException(
                $"{backend.Description.Name} declines the case: {result.Outcome.Message}"
            );
        }

        CaseReport.Write(terminal.Out, result, backend, level);
        return result.Failed ? ExitCode.Finding : ExitCode.Held;
    }
}
