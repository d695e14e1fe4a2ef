using System.Diagnostics;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>How an exchange with a program failed.</summary>
internal sealed class ExchangeException(RunStatus status, string message) : Exception(message)
{
    public RunStatus Status { get; } = status;
}

/// <summary>A program that answers one message at a time. Once an exchange has failed the process is gone.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int LogLines = 40;

    private readonly Process _process;
    private readonly Queue<string> _log = new();
    private bool _timedOut;

    private ChildProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Starts a program without any shell.</summary>
    /// <exception cref="InputException">It cannot be started.</exception>
    public static ChildProcess Start(string program, IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // A crash is what we look for: nobody needs a dump of it.
        info.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        info.Environment["DOTNET_TieredPGO"] = "0";
        try
        {
            return new(Process.Start(info)!);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException)
        {
            throw new InputException($"cannot start '{program}': {GuardedBackend.OneLine(error.Message)}");
        }
    }

    /// <summary>The last line that the program wrote to its standard error.</summary>
    public string LastLine
    {
        get
        {
            lock (_log)
            {
                return _log.Count == 0 ? "" : _log.Last();
            }
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="ExchangeException">The program died, hung or answered something else.</exception>
    public SafetensorsBlob Exchange(SafetensorsBlob request, TimeSpan limit)
    {
        // Killing the program closes its pipes, which ends the read below whatever it waits for.
        using var timer = new Timer(_ => KillForTimeOut(), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            Wire.WriteAsync(_process.StandardInput.BaseStream, request, CancellationToken.None).GetAwaiter().GetResult();
            return Wire.ReadAsync(_process.StandardOutput.BaseStream, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (InputException error)
        {
            Kill();
            throw new ExchangeException(RunStatus.BadAnswer, $"garbage: {error.Message}{Said()}");
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw Ended(limit);
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private ExchangeException Ended(TimeSpan limit)
    {
        if (!_process.WaitForExit(2000))
        {
            Kill();
            return new(RunStatus.BadAnswer, $"the program closed its output but did not end{Said()}");
        }

        // Lets the last lines of the log arrive.
        _process.WaitForExit();
        var code = _process.ExitCode;
        return _timedOut ? new(RunStatus.TimedOut, $"no answer within {limit.TotalSeconds:0.#} s")
            : code > 128 ? new(RunStatus.Signal, $"killed by {SignalName(code - 128)}{Said()}")
            : new(RunStatus.Exited, $"the program ended with exit code {code}{Said()}");
    }

    private static string SignalName(int signal) =>
        signal switch
        {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            15 => "SIGTERM",
            _ => $"signal {signal}",
        };

    private string Said() => LastLine is { Length: > 0 } line ? $" (its log ends with: {line})" : "";

    private void Log(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_log)
        {
            _log.Enqueue(line.Trim());
            while (_log.Count > LogLines)
            {
                _log.Dequeue();
            }
        }
    }

    private void KillForTimeOut()
    {
        _timedOut = true;
        Kill();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It is gone already.
        }
    }
}
