using System.Diagnostics;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Timing;

/// <summary>
/// A call of a backend in this process, on tensors outside of the managed heap. A backend that sets calls up
/// (<see cref="IRepeatableBackend"/>) is timed without the setting up; any other by <see cref="INormBackend.Run"/>.
/// Nothing watches what it writes: the outputs are judged afterwards, and <c>verify</c> is there for the rest.
/// </summary>
public sealed class EmbeddedCall : ITimedCall
{
    private readonly List<AlignedMemory> _memory = [];
    private readonly TensorSet _tensors = new();
    private readonly List<(Tensor Tensor, byte[] Before)> _updated = [];
    private Func<RunOutcome> _run = () => RunOutcome.Completed;
    private IRepeatableCall? _prepared;

    private EmbeddedCall() { }

    public bool IsCompiledMeanwhile => true;

    public static PreparedCall Prepare(INormBackend backend, NormProblem problem, TensorSet inputs)
    {
        var call = new EmbeddedCall();
        var outcome = call.SetUp(backend, problem, inputs);
        if (outcome.Status == RunStatus.Completed)
        {
            return new(outcome, call);
        }

        call.Dispose();
        return new(outcome, null);
    }

    public TimedRun Repeat(int repetitions)
    {
        var times = new long[repetitions];
        for (var k = 0; k < repetitions; k++)
        {
            foreach (var (tensor, before) in _updated)
            {
                before.CopyTo(tensor.Data.Span);
            }

            try
            {
                var begin = Stopwatch.GetTimestamp();
                var outcome = _run();
                times[k] = Clock.NanosecondsSince(begin);
                if (outcome.Status != RunStatus.Completed)
                {
                    return new(outcome, []);
                }
            }
            catch (Exception error)
            {
                return new(Thrown(error), []);
            }
        }

        return new(RunOutcome.Completed, times);
    }

    public CollectedOutputs Collect()
    {
        try
        {
            _prepared?.Collect();
            return new(RunOutcome.Completed, _tensors);
        }
        catch (Exception error)
        {
            return new(Thrown(error), _tensors);
        }
    }

    public void Dispose()
    {
        _prepared?.Dispose();
        foreach (IDisposable block in _memory)
        {
            block.Dispose();
        }

        _memory.Clear();
    }

    private RunOutcome SetUp(INormBackend backend, NormProblem problem, TensorSet inputs)
    {
        try
        {
            if (backend.Refuses(problem) is { } reason)
            {
                return new(RunStatus.Unsupported, reason);
            }

            Place(problem, inputs);
            if (backend is not IRepeatableBackend repeatable)
            {
                _run = () => backend.Run(problem, _tensors);
                return RunOutcome.Completed;
            }

            _prepared = repeatable.Prepare(problem, _tensors);
            if (_prepared is not { } prepared)
            {
                return new(RunStatus.Unsupported, "it does not set up such calls");
            }

            _run = () =>
            {
                prepared.Run();
                return RunOutcome.Completed;
            };
            return RunOutcome.Completed;
        }
        catch (Exception error)
        {
            return Thrown(error);
        }
    }

    private void Place(NormProblem problem, TensorSet inputs)
    {
        foreach (var spec in TensorPlan.For(problem))
        {
            var length = checked(
                (int)(Tensor.Extent(spec.Shape, spec.Strides) * spec.DType.Size())
            );
            var memory = new AlignedMemory(length, 1 + (5 * (int)spec.Role));
            _memory.Add(memory);
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides], memory.Memory);
            _tensors[spec.Role] = tensor;

            // Outputs are written once before anything is timed: the first touch of a page is the kernel's work.
            Poison.Fill(tensor);
            if (spec.IsInput)
            {
                TensorBytes.Content(inputs.Require(spec.Role)).CopyTo(memory.GetSpan());
            }

            if (spec.Access == TensorAccess.Update)
            {
                _updated.Add((tensor, memory.GetSpan().ToArray()));
            }
        }
    }

    private static RunOutcome Thrown(Exception error)
    {
        var cause = error is AggregateException { InnerExceptions.Count: 1 } wrapped
            ? wrapped.InnerException!
            : error;
        return new(RunStatus.Failed, $"{cause.GetType().Name}: {OneLine.Of(cause.Message)}");
    }
}
