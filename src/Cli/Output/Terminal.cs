namespace NormCheck.Cli.Output;

/// <summary>Where a command writes, and what that place can show.</summary>
internal sealed class Terminal
{
    /// <summary>Lines are kept within this width where that is possible.</summary>
    public const int Width = 100;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>True on a terminal that takes colours and cursor movements; otherwise plain lines are written.</summary>
    public bool Rich { get; init; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() =>
        new()
        {
            Out = Console.Out,
            Error = Console.Error,
            Rich =
                !Console.IsOutputRedirected
                && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
                && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
        };

    /// <summary>One line on the error stream; a message of several lines is joined.</summary>
    public void Complain(string message) =>
        Error.WriteLine(
            $"normcheck: {string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}"
        );
}
