using System.CommandLine;
using System.Runtime.InteropServices;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Commands;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli;

/// <summary>The entry point: parses, runs one command, turns every failure into one line and an exit code.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        // A child of this program (see NativeBackend): it serves until its input ends, and no terminal is its business.
        if (arguments is ["worker", "native", var library])
        {
            return NativeWorker.Serve(library);
        }

        var terminal = Terminal.OfProcess();
        using var interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            _ => End(terminal)
        );
        using var terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            _ => End(terminal)
        );
        return Run(arguments, terminal);
    }

    /// <summary>Runs a command line; the exit codes are those of <see cref="ExitCode"/>.</summary>
    public static int Run(string[] arguments, Terminal terminal)
    {
        try
        {
            var parsed = Root(terminal)
                .Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                terminal.Complain(
                    $"{string.Join(" ", parsed.Errors.Select(error => error.Message))} (normcheck --help lists commands and options)"
                );
                return ExitCode.BadInput;
            }

            return parsed.Invoke(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                }
            );
        }
        catch (Exception error)
        {
            return Explain(terminal, error);
        }
    }

    /// <summary>Ctrl-C: children end, the cursor is shown again (a live line hides it), and so do we.</summary>
    private static void End(Terminal terminal)
    {
        BackendPool.Interrupt();
        terminal.Error.WriteLine($"{(terminal.Rich ? "\e[?25h\n" : "")}normcheck: interrupted");
        Environment.Exit(ExitCode.Interrupted);
    }

    private static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand(
            "NormCheck verifies normalization kernels. Exit codes: 0 all held, 1 a finding, 2 bad input, 3 nothing could run."
        )
        {
            VerifyCommand.Create(terminal),
            CheckCommand.Create(terminal),
            ReplayCommand.Create(terminal),
            ListCommand.Create(terminal),
            MergeCommand.Create(terminal),
            SelftestCommand.Create(terminal),
            AuditCommand.Create(terminal),
            IdentifyCommand.Create(terminal),
            BenchCommand.Create(terminal),
            OnnxTestsCommand.Create(terminal),
            RecordCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.HelpName = "normcheck";
        return root;
    }

    private static int Explain(Terminal terminal, Exception error)
    {
        switch (error)
        {
            case AggregateException { InnerException: { } inner }:
                return Explain(terminal, inner);
            case NothingRanException:
                terminal.Complain(error.Message);
                return ExitCode.NothingRan;
            case InputException or IOException or UnauthorizedAccessException:
                terminal.Complain(error.Message);
                return ExitCode.BadInput;
            default:
                terminal.Complain(
                    $"internal error, please report it: {error.GetType().Name}: {error.Message}"
                        + $" (at {error.StackTrace?.Split('\n')[0].Trim()})"
                );
                return ExitCode.NothingRan;
        }
    }
}
