using System.Collections.Concurrent;
using NormCheck.Contract;
using NormCheck.Optimized.Backends;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// A device behind the interface of verification: tensors are copied there, each between margins that must not change, and
/// back. Callers at the same time get queues of their own.
/// </summary>
public sealed class GpuBackend : INormBackend, IRepeatableBackend
{
    private readonly GpuDevice _device;
    private readonly Tier _tier;
    private readonly ConcurrentBag<GpuQueue> _queues = [];

    /// <param name="word">Its word on the command line.</param>
    public GpuBackend(string word, GpuDevice device, Tier tier)
    {
        _device = device;
        _tier = tier;
        var computesAll = device.HasDouble;
        Description = CallGuards.Describe(word) with
        {
            Version = device.ToString(),
            DTypes =
                computesAll ? DTypes.All
                : tier == Tier.Fast ? [.. DTypes.All.Where(dtype => dtype != DType.F64)]
                : [],
        };
    }

    public BackendDescription Description { get; }

    public string? Refuses(NormProblem problem) => GpuNormPlan.Refuses(problem, _tier, _device);

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        if (Refuses(problem) is { } reason)
        {
            return new(RunStatus.Unsupported, reason);
        }

        var outcome = RunOutcome.Completed;
        var checks = CallGuards.Run(
            problem,
            tensors,
            (problem, tensors) =>
                outcome = OnQueue(queue =>
                {
                    using var call = new GpuCall(queue, problem, tensors, _tier);
                    call.Compute();
                    return call.Collect();
                })
        );
        return checks.Status == RunStatus.Completed ? outcome : checks;
    }

    public IRepeatableCall? Prepare(NormProblem problem, TensorSet tensors)
    {
        if (Refuses(problem) is not null)
        {
            return null;
        }

        IRepeatableCall? call = null;
        CallGuards.Run(
            problem,
            tensors,
            (problem, tensors) =>
            {
                var queue = _device.Open();
                try
                {
                    call = new GpuRepeatedCall(queue, new(queue, problem, tensors, _tier));
                }
                catch
                {
                    queue.Dispose();
                    throw;
                }
            }
        );
        return call;
    }

    public void Dispose()
    {
        while (_queues.TryTake(out var queue))
        {
            queue.Dispose();
        }
    }

    private T OnQueue<T>(Func<GpuQueue, T> use)
    {
        var queue = _queues.TryTake(out var free) ? free : _device.Open();
        try
        {
            var result = use(queue);
            _queues.Add(queue);
            return result;
        }
        catch
        {
            // What a failed command left behind nobody knows.
            queue.Dispose();
            throw;
        }
    }
}
