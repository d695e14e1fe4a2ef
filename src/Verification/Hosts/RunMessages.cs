using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>The messages of a call: the request made from a problem and its tensors, the answer brought back to them.</summary>
internal static class RunMessages
{
    /// <summary>Room for the header of an answer.</summary>
    private const long HeaderRoom = 1 << 20;

    public static SafetensorsBlob Request(string command)
    {
        var request = new SafetensorsBlob();
        request.Metadata["command"] = command;
        return request;
    }

    public static SafetensorsBlob Request(string command, NormProblem problem)
    {
        var request = Request(command);
        ProblemFields.Write(problem, request.Metadata);
        return request;
    }

    public static SafetensorsBlob Request(string command, NormProblem problem, TensorSet tensors)
    {
        var request = Request(command, problem);
        var plan = TensorPlan.For(problem);
        request.Metadata["outputs"] = string.Join(
            ',',
            plan.Where(spec => spec.IsOutput).Select(spec => spec.Role.Name())
        );
        foreach (var spec in plan.Where(spec => spec.IsInput))
        {
            var tensor = tensors.Require(spec.Role);
            request.Tensors[spec.Role.Name()] = tensor;
            if (spec.Role == TensorRole.Dy && !tensor.IsContiguous)
            {
                request.Metadata["strides_dy"] = string.Join(',', tensor.Strides);
            }
        }

        return request;
    }

    /// <summary>More than this no honest answer has.</summary>
    public static long LargestAnswer(NormProblem problem) =>
        HeaderRoom
        + TensorPlan
            .For(problem)
            .Where(spec => spec.IsOutput)
            .Sum(spec => spec.Shape.Count * spec.DType.Size());

    /// <summary>What an answer says of itself; bad where its status is none of the four words.</summary>
    public static RunOutcome Outcome(SafetensorsBlob answer)
    {
        var message = answer.Line("message");
        if (answer.Metadata.ContainsKey("modified"))
        {
            var modified = answer.Line("modified");
            return new(RunStatus.InputModified, $"input {modified} was written");
        }

        // Our own worker's word for what its guarded memory saw.
        if (answer.Line("finding") == nameof(RunStatus.OutOfBoundsWrite))
        {
            return new(RunStatus.OutOfBoundsWrite, message);
        }

        return answer.Line("status") switch
        {
            "ok" => RunOutcome.Completed,
            "unsupported" => new(RunStatus.Unsupported, message),
            "invalid_argument" => new(RunStatus.InvalidArgument, message),
            "failed" => new(RunStatus.Failed, message),
            var other => new(
                RunStatus.BadAnswer,
                $"expected status ok, unsupported, invalid_argument or failed, got '{other}'"
            ),
        };
    }

    /// <summary>
    /// Brings the outputs of a completed call into the caller's tensors. One that the answer lists as <c>absent</c> is one
    /// that the system does not give: it becomes null. One in the data's own type takes the place of the caller's. Nothing is
    /// written unless all of them fit.
    /// </summary>
    public static RunOutcome Accept(SafetensorsBlob answer, NormProblem problem, TensorSet tensors)
    {
        var outcome = Outcome(answer);
        if (outcome.Status != RunStatus.Completed)
        {
            return outcome;
        }

        var outputs = TensorPlan.For(problem).Where(spec => spec.IsOutput).ToList();
        var absent = answer.Metadata.GetValueOrDefault("absent", "").Split(',');
        var given = outputs.Where(spec => !absent.Contains(spec.Role.Name())).ToList();
        foreach (var spec in given)
        {
            if (Misfit(answer, spec, problem.DType) is { } reason)
            {
                return new(RunStatus.BadAnswer, reason);
            }
        }

        foreach (var spec in outputs.Except(given))
        {
            tensors[spec.Role] = null;
        }

        foreach (var spec in given)
        {
            var answered = answer.Tensors[spec.Role.Name()];
            if (tensors[spec.Role] is { } own && own.DType == answered.DType)
            {
                TensorBytes.Scatter(answered.Data.Span, own);
            }
            else
            {
                tensors[spec.Role] = answered;
            }
        }

        return RunOutcome.Completed;
    }

    /// <summary>The answer's times: one per repetition, or null.</summary>
    public static long[]? Nanoseconds(SafetensorsBlob answer, int repetitions)
    {
        var times = new List<long>();
        foreach (var word in answer.Metadata.GetValueOrDefault("nanoseconds", "").Split(','))
        {
            // Clocks differ in what they print: a fraction of a nanosecond is dropped.
            if (
                !double.TryParse(
                    word,
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var time
                ) || !(time >= 0 && time < long.MaxValue)
            )
            {
                return null;
            }

            times.Add((long)time);
        }

        return times.Count == repetitions ? [.. times] : null;
    }

    /// <summary>
    /// Statistics and gradients of parameters may come in the data's own type, as frameworks give them.
    /// </summary>
    private static string? Misfit(SafetensorsBlob answer, TensorSpec spec, DType own)
    {
        var name = spec.Role.Name();
        if (!answer.Tensors.TryGetValue(name, out var tensor))
        {
            return $"output {name} is missing in the answer";
        }

        return (tensor.DType == spec.DType || tensor.DType == own) && tensor.Shape == spec.Shape
            ? null
            : $"expected {name} as {spec.DType.Word()} {spec.Shape}, got {tensor.DType.Word()} [{string.Join(", ", tensor.Shape.Extents)}]";
    }
}
