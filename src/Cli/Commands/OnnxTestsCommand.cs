using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Judge;
using NormCheck.Verification.OnnxTests;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck onnx-tests</c>: ONNX's backend node tests, their expected files and a backend judged by the truth.</summary>
internal static class OnnxTestsCommand
{
    public static Command Create(Terminal terminal)
    {
        var directory = new Argument<string>("DIR")
        {
            Description = "one test (model.onnx, test_data_set_0/), or a folder of tests",
        };
        var backend = SharedOptions.BackendOrDefault();
        var contract = SharedOptions.Contract();
        var timeout = SharedOptions.Timeout();
        var command = new Command(
            "onnx-tests",
            "judge ONNX node tests: the expected outputs in their files, and a backend"
        )
        {
            directory,
            backend,
            contract,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                parsed.GetRequiredValue(directory),
                parsed.GetRequiredValue(backend),
                ContractLevels.Parse(parsed.GetRequiredValue(contract)),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string directory,
        string backendText,
        ContractLevel level,
        TimeSpan? timeout
    )
    {
        var folder = NodeTestReader.Read(directory);
        using var pool = new BackendPool(BackendCatalogue.Resolve(backendText, timeout));
        using var backend = pool.Start();
        var results = folder
            .Tests.Select(test => new NodeResult(
                test,
                NodeTestJudge.Files(test, level),
                NodeTestJudge.Run(backend, test, level)
            ))
            .ToArray();
        OnnxTestsText.Write(terminal.Out, directory, backend.Description, level, folder, results);
        return results.Any(result => result.Failed) ? ExitCode.Finding
            : results.Any(result => result.Answer.Verdict is not null) ? ExitCode.Held
            : throw new NothingRanException(
                results.Length == 0
                    ? $"no test in '{directory}' can be judged"
                    : $"{backend.Description.Name} does none of the tests in '{directory}': {results[0].Answer.Outcome.Message}"
            );
    }
}
