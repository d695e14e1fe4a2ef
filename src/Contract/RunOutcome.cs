namespace NormCheck.Contract;

/// <summary>How a call of a backend ended.</summary>
public enum RunStatus
{
    /// <summary>The outputs are written.</summary>
    Completed,

    /// <summary>The backend says that it does not do this problem.</summary>
    Unsupported,

    /// <summary>The backend says that an argument is wrong.</summary>
    InvalidArgument,

    /// <summary>The backend says that it failed, or threw.</summary>
    Failed,

    /// <summary>The process ended by a signal.</summary>
    Signal,

    /// <summary>The process ended by itself in the middle of a call.</summary>
    Exited,

    /// <summary>No answer within the time limit.</summary>
    TimedOut,

    /// <summary>Memory before or behind a buffer was read.</summary>
    OutOfBoundsRead,

    /// <summary>Memory before or behind a buffer was written.</summary>
    OutOfBoundsWrite,

    /// <summary>A tensor that is only an input was written.</summary>
    InputModified,

    /// <summary>The answer cannot be understood or does not fit the request.</summary>
    BadAnswer,
}

/// <summary>The end of a call, with one line for people.</summary>
public sealed record RunOutcome(RunStatus Status, string Message)
{
    public static RunOutcome Completed { get; } = new(RunStatus.Completed, "");

    /// <summary>True where the backend declined; false where it ran or misbehaved.</summary>
    public bool Declined => Status is RunStatus.Unsupported;

    /// <summary>True where the call crashed, hung, trespassed or gave no answer: each costs a new process.</summary>
    public bool LostProcess =>
        Status
            is RunStatus.Signal
                or RunStatus.Exited
                or RunStatus.TimedOut
                or RunStatus.OutOfBoundsRead
                or RunStatus.OutOfBoundsWrite
                or RunStatus.InputModified
                or RunStatus.BadAnswer;

    /// <summary>True where the end itself is a finding, whatever the outputs hold.</summary>
    public bool IsFinding => Status is not (RunStatus.Completed or RunStatus.Unsupported);
}
