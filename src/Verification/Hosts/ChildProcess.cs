using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>A program that answers one message at a time. Once an exchange has failed the process is gone.</summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>Exit codes above are 128 + the number of the signal that ended the process.</summary>
    private const int SignalBase = 128;

    private const int LastSignal = 64;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_quitLimit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly ErrorLog _log;
    private readonly BlockingCollection<Job> _jobs = [];
    private bool _disposed;

    private ChildProcess(Process process)
    {
        _process = process;
        _input = process.StandardInput.BaseStream;
        _output = process.StandardOutput.BaseStream;
        _log = new ErrorLog(process.StandardError);

        // Reads and writes block on a thread of their own: a program that neither reads nor answers, or whose own
        // children keep its pipes open after it was killed, then costs that thread and not the caller.
        new Thread(Serve) { IsBackground = true, Name = "wire" }.Start();
    }

    private sealed class Job(SafetensorsBlob request, long maximum)
    {
        public SafetensorsBlob Request { get; } = request;

        public long Maximum { get; } = maximum;

        public ManualResetEventSlim Done { get; } = new();

        public SafetensorsBlob? Answer { get; set; }

        public Exception? Error { get; set; }
    }

    /// <summary>Starts a program without any shell.</summary>
    /// <exception cref="InputException">It cannot be started.</exception>
    public static ChildProcess Start(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment
    )
    {
        if (string.IsNullOrWhiteSpace(program))
        {
            throw new InputException("expected a program to start, got an empty name");
        }

        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            return new(Process.Start(info)!);
        }
        catch (Win32Exception error)
        {
            // The exception's own message repeats the program and the folder; the reason is in the code.
            var reason = Marshal.GetPInvokeErrorMessage(error.NativeErrorCode);
            throw new InputException($"cannot start '{OneLine.Of(program)}': {OneLine.Of(reason)}");
        }
        catch (IOException error)
        {
            throw new InputException(
                $"cannot start '{OneLine.Of(program)}': {OneLine.Of(error.Message)}"
            );
        }
    }

    /// <summary>The last lines that the program wrote to its standard error.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="ExchangeException">The program died, hung or answered something else.</exception>
    public SafetensorsBlob Exchange(SafetensorsBlob request, long maximum, TimeSpan limit)
    {
        var job = new Job(request, maximum);
        _jobs.Add(job);
        if (!job.Done.Wait(limit))
        {
            Kill();
            throw new ExchangeException(
                new(RunStatus.TimedOut, $"no answer within {limit.TotalSeconds:0.###} s{Said()}")
            );
        }

        switch (job.Error)
        {
            case null:
                return job.Answer!;
            case IOException or ObjectDisposedException:
                throw Ended();
            default:
                Kill();
                var said = OneLine.Of(job.Error.Message);
                throw new ExchangeException(
                    new(RunStatus.BadAnswer, $"garbage instead of an answer: {said}{Said()}")
                );
        }
    }

    /// <summary>Asks the program to end, ends it where it does not.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _jobs.CompleteAdding();
        if (!_process.HasExited && !_process.WaitForExit(s_quitLimit))
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Serve()
    {
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            try
            {
                Wire.Write(_input, job.Request);
                job.Answer = Wire.Read(_output, job.Maximum);
            }
            catch (Exception error)
            {
                // Whatever it is, it is the caller's to judge: here it would end this process.
                job.Error = error;
            }

            job.Done.Set();
        }

        try
        {
            // The end of its input says the same to a program that does not know the word.
            var quit = new SafetensorsBlob();
            quit.Metadata["command"] = "quit";
            Wire.Write(_input, quit);
            _input.Dispose();
            _output.Dispose();
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    private ExchangeException Ended()
    {
        if (!_process.WaitForExit(s_grace))
        {
            Kill();
            return new(
                new(RunStatus.BadAnswer, $"the program closed its pipes but did not end{Said()}")
            );
        }

        _log.Settle();
        var code = _process.ExitCode;
        return code is > SignalBase and <= SignalBase + LastSignal
            ? new(
                new(RunStatus.Signal, $"killed by {Signals.Name(code - SignalBase)}{Said()}"),
                code - SignalBase
            )
            : new(new(RunStatus.Exited, $"the program ended with exit code {code}{Said()}"));
    }

    private string Said() => Log is [.., var last] ? $" (its log ends with: {last})" : "";

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(s_grace);
        }
        catch (Exception error)
            when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It is gone already.
        }
    }
}
