using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>A program that is started when it is needed: at first, and again after an exchange ended it.</summary>
internal sealed class ProgramSession(string name, Func<ChildProcess> start, TimeSpan startLimit)
    : IDisposable
{
    /// <summary>Most bytes of an answer that is text alone.</summary>
    public const long TextRoom = 1 << 24;

    private readonly Lock _turn = new();
    private ChildProcess? _child;

    /// <summary>The last lines that the program, if it runs, wrote to its standard error.</summary>
    public IReadOnlyList<string> Log => _child?.Log ?? [];

    /// <exception cref="InputException">The program cannot be started or does not describe itself.</exception>
    public BackendDescription Describe()
    {
        lock (_turn)
        {
            (_child, var description) = Started();
            return description;
        }
    }

    /// <exception cref="ExchangeException">The program died, hung or answered something else.</exception>
    /// <exception cref="InputException">The program cannot be started again.</exception>
    public SafetensorsBlob Exchange(SafetensorsBlob request, long maximum, TimeSpan limit)
    {
        lock (_turn)
        {
            _child ??= Started().Child;
            try
            {
                return _child.Exchange(request, maximum, limit);
            }
            catch (ExchangeException)
            {
                Drop();
                throw;
            }
        }
    }

    /// <summary>Ends the program; the next exchange starts another.</summary>
    public void Drop()
    {
        lock (_turn)
        {
            _child?.Dispose();
            _child = null;
        }
    }

    public void Dispose() => Drop();

    /// <summary>
    /// A program that has described itself. That is asked at every start, since only then it has loaded what it needs
    /// and the time limit of a call is one for the call alone.
    /// </summary>
    private (ChildProcess Child, BackendDescription Description) Started()
    {
        var child = start();
        try
        {
            var answer = child.Exchange(RunMessages.Request("describe"), TextRoom, startLimit);
            var outcome = RunMessages.Outcome(answer);
            if (outcome.Status != RunStatus.Completed)
            {
                throw new InputException(
                    outcome.Message.Length > 0 ? outcome.Message : "it does not describe itself"
                );
            }

            return (child, DescriptionFields.Read(answer));
        }
        catch (ExchangeException error)
        {
            child.Dispose();
            throw new InputException($"'{name}': it does not describe itself: {error.Message}");
        }
        catch (InputException error)
        {
            child.Dispose();
            throw new InputException($"'{name}': {error.Message}");
        }
    }
}
