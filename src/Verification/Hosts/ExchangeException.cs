using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>How an exchange with a program failed; the program is gone then.</summary>
/// <param name="outcome">What that is for the call.</param>
/// <param name="signal">The signal that ended the program, 0 where none did.</param>
internal sealed class ExchangeException(RunOutcome outcome, int signal = 0)
    : Exception(outcome.Message)
{
    public RunOutcome Outcome { get; } = outcome;

    public int Signal { get; } = signal;

    /// <summary>True where the program touched memory that it may not touch.</summary>
    public bool IsMemoryFault => Signal is Signals.BusError or Signals.SegmentationFault;
}

/// <summary>Names of signals. The numbers are Linux's.</summary>
internal static class Signals
{
    public const int BusError = 7;
    public const int SegmentationFault = 11;

    public static string Name(int signal) =>
        signal switch
        {
            1 => "SIGHUP",
            2 => "SIGINT",
            3 => "SIGQUIT",
            4 => "SIGILL",
            5 => "SIGTRAP",
            6 => "SIGABRT",
            BusError => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            SegmentationFault => "SIGSEGV",
            13 => "SIGPIPE",
            14 => "SIGALRM",
            15 => "SIGTERM",
            24 => "SIGXCPU",
            31 => "SIGSYS",
            _ => $"signal {signal}",
        };
}
