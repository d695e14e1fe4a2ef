namespace NormCheck.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was asked held.</summary>
    public const int Held = 0;

    /// <summary>There is a finding.</summary>
    public const int Finding = 1;

    /// <summary>The command line, a file or a problem makes no sense.</summary>
    public const int BadInput = 2;

    /// <summary>Nothing could run: a system is not installed, a backend does nothing of what was asked.</summary>
    public const int NothingRan = 3;

    /// <summary>Ctrl-C, as shells number it.</summary>
    public const int Interrupted = 130;
}

/// <summary>Nothing can run; the message is one line that says what is missing and how to get it.</summary>
internal sealed class NothingRanException(string message) : Exception(message);
