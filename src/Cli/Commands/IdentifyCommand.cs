using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Identify;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck identify</c>: which convention a black box follows.</summary>
internal static class IdentifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var backend = SharedOptions.BackendOrDefault();
        var ops = new Option<string>("--ops") { Description = "bn,renorm,ln,in,gn,rms" };
        var dtype = new Option<string>("--dtype")
        {
            Description = "type of the calls (default: f32, or the first that the backend has)",
        };
        var json = new Option<string>("--json")
        {
            Description = "write what was found, with a case for each answer, to this file",
        };
        var timeout = SharedOptions.Timeout();
        var command = new Command(
            "identify",
            "find out which convention a backend follows, question by question, and which known system that equals"
        )
        {
            backend,
            ops,
            dtype,
            json,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                parsed.GetRequiredValue(backend),
                parsed.GetValue(ops) is { } words ? Words.List(words, Words.Op) : NormOps.All,
                parsed.GetValue(dtype) is { } word ? Words.DType(word) : null,
                parsed.GetValue(json),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string backendText,
        IReadOnlyList<NormOp> ops,
        DType? dtype,
        string? json,
        TimeSpan? timeout
    )
    {
        OpenMp.WaitAsleep();
        using var pool = new BackendPool(BackendCatalogue.Resolve(backendText, timeout));
        using var backend = pool.Start();
        var about = pool.Description;
        var type = dtype ?? (about.DTypes.Contains(DType.F32) ? DType.F32 : about.DTypes[0]);
        var identity = Identification.Run(backend, ops, type);
        if (identity.Ops.All(op => op.Asked == 0))
        {
            throw new NothingRanException(
                $"{about.Name} answers no question: {identity.Ops.SelectMany(op => op.Traits).FirstOrDefault()?.Words ?? "it has none of these ops"}"
            );
        }

        IdentityText.Write(terminal.Out, backendText, about.Convention, identity);
        if (json is not null)
        {
            File.WriteAllText(json, JsonFiles.Text(IdentityDocument.Of(backendText, identity)));
            terminal.Out.WriteLine($"Written: {json}");
        }

        return ExitCode.Held;
    }
}
