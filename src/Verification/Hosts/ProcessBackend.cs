using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// A program that speaks the wire protocol. Whatever it does wrong is an outcome of the call; the program is started
/// again for the next one.
/// </summary>
public class ProcessBackend : INormBackend, IReproducer
{
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>Loading a framework may take longer than any call.</summary>
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(120);

    private readonly string _program;
    private readonly IReadOnlyList<string> _arguments;
    private readonly TimeSpan _limit;
    private readonly Dictionary<string, string?> _refusals = [];
    private ChildProcess? _child;

    /// <summary>Starts the program and asks what it is.</summary>
    /// <exception cref="InputException">It cannot be started or does not describe itself.</exception>
    public ProcessBackend(
        string program,
        IReadOnlyList<string> arguments,
        TimeSpan? limit = null,
        string? name = null
    )
    {
        name ??= string.Join(' ', [program, .. arguments]);
        _program = program;
        _arguments = arguments;
        _limit = limit ?? DefaultLimit;
        try
        {
            var answer = Child().Exchange(Request("describe"), s_startLimit);
            if (Status(answer) != RunStatus.Completed)
            {
                throw new InputException(
                    answer.Metadata.GetValueOrDefault("message", "it does not describe itself")
                );
            }

            Description = DescriptionFields.Read(answer);
        }
        catch (ExchangeException error)
        {
            Dispose();
            throw new InputException($"'{name}' does not describe itself: {error.Message}");
        }
        catch (InputException error)
        {
            Dispose();
            throw new InputException($"'{name}': {error.Message}");
        }
    }

    public BackendDescription Description { get; }

    public string? Refuses(NormProblem problem)
    {
        if (
            !Description.Ops.Contains(problem.Op)
            || !Description.Passes.Contains(problem.Pass)
            || !Description.DTypes.Contains(problem.DType)
            || (problem.Op.HasChannels() && !Description.Layouts.Contains(problem.Layout))
            || (problem.GradientLayout is not null && !Description.Strides)
        )
        {
            return $"{Description.Name} does not describe it";
        }

        var key = ProblemText.Print(problem);
        if (!_refusals.TryGetValue(key, out var reason))
        {
            reason = Ask(problem);
            _refusals[key] = reason;
        }

        return reason;
    }

    public virtual RunOutcome Run(NormProblem problem, TensorSet tensors) =>
        Run(problem, tensors, []);

    public Reproduction? Reproduce(NormProblem problem, TensorSet tensors)
    {
        try
        {
            var answer = Child().Exchange(RunRequest("script", problem, tensors), _limit);
            return
                Status(answer) == RunStatus.Completed
                && answer.Metadata.TryGetValue("script", out var text)
                ? new(answer.Metadata.GetValueOrDefault("script_name", "reproduce.txt"), text)
                : null;
        }
        catch (ExchangeException)
        {
            Drop();
            return null;
        }
    }

    public void Dispose()
    {
        Drop();
        GC.SuppressFinalize(this);
    }

    /// <summary>One call with extra metadata.</summary>
    protected RunOutcome Run(
        NormProblem problem,
        TensorSet tensors,
        IEnumerable<KeyValuePair<string, string>> extra
    )
    {
        var request = RunRequest("run", problem, tensors);
        foreach (var (key, value) in extra)
        {
            request.Metadata[key] = value;
        }

        try
        {
            return Accept(Child().Exchange(request, _limit), problem, tensors);
        }
        catch (ExchangeException error)
        {
            Drop();
            return new(error.Status, error.Message);
        }
        catch (InputException error)
        {
            // Only starting the program again throws this.
            return new(RunStatus.Exited, error.Message);
        }
    }

    private static SafetensorsBlob Request(string command)
    {
        var request = new SafetensorsBlob();
        request.Metadata["command"] = command;
        return request;
    }

    private static SafetensorsBlob RunRequest(
        string command,
        NormProblem problem,
        TensorSet tensors
    )
    {
        var request = Request(command);
        ProblemFields.Write(problem, request.Metadata);
        var plan = TensorPlan.For(problem);
        request.Metadata["outputs"] = string.Join(
            ',',
            plan.Where(spec => spec.IsOutput && tensors[spec.Role] is not null)
                .Select(spec => spec.Role.Name())
        );
        foreach (var spec in plan.Where(spec => spec.IsInput))
        {
            var tensor = tensors.Require(spec.Role);
            request.Tensors[spec.Role.Name()] = tensor;
            if (!tensor.IsContiguous)
            {
                request.Metadata[$"strides_{spec.Role.Name()}"] = string.Join(',', tensor.Strides);
            }
        }

        return request;
    }

    private static RunStatus Status(SafetensorsBlob answer) =>
        answer.Metadata.GetValueOrDefault("status") switch
        {
            "ok" => RunStatus.Completed,
            "unsupported" => RunStatus.Unsupported,
            "invalid_argument" => RunStatus.InvalidArgument,
            "failed" => RunStatus.Failed,
            _ => RunStatus.BadAnswer,
        };

    private static RunOutcome Accept(SafetensorsBlob answer, NormProblem problem, TensorSet tensors)
    {
        var message = GuardedBackend.OneLine(answer.Metadata.GetValueOrDefault("message", ""));
        if (answer.Metadata.TryGetValue("modified", out var modified))
        {
            return new(RunStatus.InputModified, $"input {modified} was written");
        }

        if (
            answer.Metadata.TryGetValue("finding", out var finding)
            && Enum.TryParse<RunStatus>(finding, out var found)
        )
        {
            return new(found, message);
        }

        var status = Status(answer);
        if (status == RunStatus.BadAnswer)
        {
            var said = answer.Metadata.GetValueOrDefault("status", "nothing");
            return new(
                status,
                $"expected status ok, unsupported, invalid_argument or failed, got {said}"
            );
        }

        if (status != RunStatus.Completed)
        {
            return new(status, message);
        }

        var absent = answer.Metadata.GetValueOrDefault("absent", "").Split(',');
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            if (absent.Contains(spec.Role.Name()))
            {
                tensors[spec.Role] = null;
                continue;
            }

            if (!answer.Tensors.TryGetValue(spec.Role.Name(), out var tensor))
            {
                return new(
                    RunStatus.BadAnswer,
                    $"output {spec.Role.Name()} is missing in the answer"
                );
            }

            // Statistics and gradients of parameters may come in the data's own type, as frameworks give them.
            var fits = tensor.DType == spec.DType || tensor.DType == problem.DType;
            if (!fits || tensor.Shape != spec.Shape)
            {
                return new(
                    RunStatus.BadAnswer,
                    $"expected {spec.Role.Name()} as {spec.DType.Word()} {spec.Shape}, got {tensor.DType.Word()} {tensor.Shape}"
                );
            }

            tensors[spec.Role] = tensor;
        }

        return RunOutcome.Completed;
    }

    private string? Ask(NormProblem problem)
    {
        var request = Request("supports");
        ProblemFields.Write(problem, request.Metadata);
        try
        {
            var answer = Child().Exchange(request, _limit);
            var supported = answer.Metadata.GetValueOrDefault("supported") == "1";
            return supported
                ? null
                : answer.Metadata.GetValueOrDefault("message", "the backend declines");
        }
        catch (ExchangeException)
        {
            // A program that dies over the question is asked to run: then it is a finding.
            Drop();
            return null;
        }
    }

    private ChildProcess Child() => _child ??= ChildProcess.Start(_program, _arguments);

    private void Drop()
    {
        _child?.Dispose();
        _child = null;
    }
}
