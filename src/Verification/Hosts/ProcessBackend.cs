using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// A program that speaks the wire protocol. Whatever it does wrong is an outcome of the call; the program is started
/// again for the next one. An exit code of 128 + n counts as signal n, as shells report it.
/// </summary>
public partial class ProcessBackend : INormBackend, IReproducer
{
    /// <summary>Time limit of a call where none is given.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>Loading a framework may take longer than any call, and so may many repetitions of one.</summary>
    private static readonly TimeSpan s_longLimit = TimeSpan.FromSeconds(120);

    private static readonly Dictionary<string, string> s_nothing = [];

    private readonly ProgramSession _session;
    private readonly TimeSpan _limit;
    private readonly Dictionary<string, Agreement> _agreements = [];

    /// <summary>Starts the program and asks what it is.</summary>
    /// <exception cref="InputException">It cannot be started or does not describe itself.</exception>
    public ProcessBackend(
        string program,
        IReadOnlyList<string> arguments,
        TimeSpan? limit = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
        : this(
            program,
            arguments,
            limit,
            string.Join(' ', [program, .. arguments]),
            environment ?? s_nothing
        ) { }

    /// <summary>The same under another name in messages, with additions to the environment.</summary>
    protected ProcessBackend(
        string program,
        IReadOnlyList<string> arguments,
        TimeSpan? limit,
        string name,
        IReadOnlyDictionary<string, string> environment
    )
    {
        _limit = limit ?? DefaultLimit;
        _session = new(
            OneLine.Of(name),
            () => ChildProcess.Start(program, arguments, environment),
            s_longLimit
        );
        Description = _session.Describe();
    }

    /// <summary>An answer to <c>supports</c>: a refusal, a finding about the question itself, or neither.</summary>
    private readonly record struct Agreement(string? Refusal, RunOutcome? Finding);

    public BackendDescription Description { get; }

    /// <summary>The last lines that the program, if it runs, wrote to its standard error.</summary>
    public IReadOnlyList<string> Log => _session.Log;

    /// <summary>
    /// Null where the program does the problem. A program that dies over the question, or answers it with nonsense, does
    /// not refuse: <see cref="Run"/> then reports that as the outcome, or a crash would count as a refusal.
    /// </summary>
    public string? Refuses(NormProblem problem) => Undescribed(problem) ?? Ask(problem).Refusal;

    public virtual RunOutcome Run(NormProblem problem, TensorSet tensors) =>
        TensorBytes.SharedWith(TensorRole.Y, tensors) is null
        && TensorBytes.SharedWith(TensorRole.Dx, tensors) is null
            ? Call(problem, tensors, s_nothing, store: true).Outcome
            : new(RunStatus.Unsupported, "the wire protocol cannot ask for a call in place");

    public Reproduction? Reproduce(NormProblem problem, TensorSet tensors)
    {
        try
        {
            // A program may carry its data as text, which takes several bytes for one.
            var request = RunMessages.Request("script", problem, tensors);
            var size = request.Tensors.Values.Sum(tensor => tensor.Count * tensor.DType.Size());
            var answer = _session.Exchange(
                request,
                ProgramSession.TextRoom + (size * 16),
                s_longLimit
            );
            return
                RunMessages.Outcome(answer).Status == RunStatus.Completed
                && answer.Metadata.TryGetValue("script", out var text)
                ? new(Reproduction.PlainName(answer.Line("script_name")), text)
                : null;
        }
        catch (Exception error) when (error is ExchangeException or InputException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The next call finds a new process.</summary>
    private protected void Restart() => _session.Drop();

    /// <summary>One call; the outputs reach the caller's tensors only where they are to be stored.</summary>
    private protected CallEnd Call(
        NormProblem problem,
        TensorSet tensors,
        IReadOnlyDictionary<string, string> extra,
        bool store
    )
    {
        var request = RunMessages.Request("run", problem, tensors);
        foreach (var (key, value) in extra)
        {
            request.Metadata[key] = value;
        }

        return Call(
            request,
            problem,
            _limit,
            answer =>
                store ? RunMessages.Accept(answer, problem, tensors) : RunMessages.Outcome(answer)
        );
    }

    private CallEnd Call(
        SafetensorsBlob request,
        NormProblem problem,
        TimeSpan limit,
        Func<SafetensorsBlob, RunOutcome> accept
    )
    {
        if (
            _agreements.TryGetValue(ProblemText.Print(problem), out var agreement)
            && agreement.Finding is { } finding
        )
        {
            return new(finding, IsMemoryFault: false);
        }

        try
        {
            var outcome = accept(
                _session.Exchange(request, RunMessages.LargestAnswer(problem), limit)
            );
            if (outcome.Status == RunStatus.BadAnswer)
            {
                // It may be out of step: its next answer could be that to an older question.
                _session.Drop();
            }

            return new(outcome, IsMemoryFault: false);
        }
        catch (ExchangeException error)
        {
            return new(error.Outcome, error.IsMemoryFault);
        }
        catch (InputException error)
        {
            // Only starting the program again, after it died, throws this.
            return new(
                new(RunStatus.Exited, $"it cannot be started again: {error.Message}"),
                IsMemoryFault: false
            );
        }
    }

    private string? Undescribed(NormProblem problem)
    {
        var description = Description;
        var lacks =
            !description.Ops.Contains(problem.Op) ? problem.Op.Word()
            : !description.Passes.Contains(problem.Pass) ? problem.Pass.Word(problem.Op)
            : !description.DTypes.Contains(problem.DType) ? problem.DType.Word()
            : problem.Op.HasChannels() && !description.Layouts.Contains(problem.Layout)
                ? problem.Layout.Word(problem.Rank)
            : problem.GradientLayout is { } layout
            && layout != problem.Layout
            && !description.Strides
                ? "a gradient with strides"
            : null;
        return lacks is null ? null : $"{OneLine.Of(description.Name)} does not describe {lacks}";
    }

    private Agreement Ask(NormProblem problem)
    {
        var key = ProblemText.Print(problem);
        if (!_agreements.TryGetValue(key, out var agreement))
        {
            agreement = _agreements[key] = AskOnce(problem);
        }

        return agreement;
    }

    private Agreement AskOnce(NormProblem problem)
    {
        const string Asked = "asked whether it supports the problem:";
        try
        {
            var answer = _session.Exchange(
                RunMessages.Request("supports", problem),
                ProgramSession.TextRoom,
                _limit
            );
            var outcome = RunMessages.Outcome(answer);
            var message = answer.Line("message");
            return (outcome.Status, answer.Line("supported")) switch
            {
                (RunStatus.Completed, "1") => default,
                (RunStatus.Completed, "0") => new(
                    message.Length > 0 ? message : "the backend declines",
                    null
                ),
                (RunStatus.Completed, var other) => new(
                    null,
                    new(RunStatus.BadAnswer, $"{Asked} expected 0 or 1, got '{other}'")
                ),

                // It does not know the question: running it tells.
                (RunStatus.Unsupported, _) => default,
                _ => new(null, outcome with { Message = $"{Asked} {outcome.Message}" }),
            };
        }
        catch (ExchangeException error)
        {
            return new(null, error.Outcome with { Message = $"{Asked} {error.Message}" });
        }
        catch (InputException error)
        {
            return new(null, new(RunStatus.Exited, error.Message));
        }
    }
}

/// <summary>How a call ended, and whether the process died by touching memory that it may not touch.</summary>
internal readonly record struct CallEnd(RunOutcome Outcome, bool IsMemoryFault);
