using System.Collections.Concurrent;
using NormCheck.Contract;

namespace NormCheck.Cli.Backends;

/// <summary>
/// Starts backends for a command, the first one at once, and knows which are alive: so a command can ask the backend
/// who it is before a campaign takes it over, show what it is at, and end child processes on Ctrl-C.
/// </summary>
internal sealed class BackendPool : IDisposable
{
    private static readonly ConcurrentDictionary<BackendPool, bool> s_pools = [];
    private static volatile bool s_interrupted;

    private readonly Func<INormBackend> _start;
    private readonly ConcurrentDictionary<TrackedBackend, bool> _alive = [];
    private TrackedBackend? _first;

    public BackendPool(Func<INormBackend> start)
    {
        _start = start;
        _first = Track();
        Description = _first.Description;
        s_pools[this] = true;
    }

    public BackendDescription Description { get; }

    /// <summary>The problem that was asked about last.</summary>
    public NormProblem? Current { get; private set; }

    /// <summary>Why a backend declined, the last time one did.</summary>
    public string? Refusal { get; private set; }

    /// <summary>A running backend; the first call hands out the one that is already there.</summary>
    public INormBackend Start() => Interlocked.Exchange(ref _first, null) ?? Track();

    public void Dispose()
    {
        foreach (var backend in _alive.Keys)
        {
            backend.Dispose();
        }

        s_pools.TryRemove(this, out _);
    }

    /// <summary>
    /// Ends every backend of this process, which is about to end itself: calls in progress do not return any more, so
    /// that nobody takes their end for a finding.
    /// </summary>
    public static void Interrupt()
    {
        s_interrupted = true;
        foreach (var pool in s_pools.Keys)
        {
            pool.Dispose();
        }
    }

    private TrackedBackend Track()
    {
        var backend = new TrackedBackend(this, _start());
        _alive[backend] = true;
        return backend;
    }

    /// <summary>A backend that tells its pool what it does.</summary>
    internal sealed class TrackedBackend(BackendPool pool, INormBackend inner) : INormBackend
    {
        public INormBackend Inner => inner;

        public BackendDescription Description => inner.Description;

        public string? Refuses(NormProblem problem)
        {
            pool.Current = problem;
            var reason = inner.Refuses(problem);
            pool.Refusal = reason ?? pool.Refusal;
            return reason;
        }

        public RunOutcome Run(NormProblem problem, TensorSet tensors)
        {
            var outcome = inner.Run(problem, tensors);
            if (s_interrupted)
            {
                Thread.Sleep(Timeout.Infinite);
            }

            return outcome;
        }

        public void Dispose()
        {
            if (pool._alive.TryRemove(this, out _))
            {
                inner.Dispose();
            }
        }
    }
}
