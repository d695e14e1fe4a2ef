using System.Diagnostics;

namespace NormCheck.Optimized.Threads;

/// <summary>
/// The threads of all plans of this process: one fewer than processors, started when first needed, waiting for work with a
/// short spin and then asleep. One caller at a time has them; another one meanwhile does its parts alone, one after the
/// other, which gives the same bits.
/// </summary>
internal sealed class WorkerSet
{
    /// <summary>How long a worker spins for the next piece of work before it sleeps: a hand-off then costs under 1 µs.</summary>
    private static readonly long s_spinTicks = Stopwatch.Frequency / 10_000;

    private static readonly Lazy<WorkerSet> s_shared = new(() => new(Environment.ProcessorCount));

    private readonly Lock _owner = new();
    private readonly Worker[] _workers;

    public WorkerSet(int threads)
    {
        _workers = new Worker[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new(i + 1);
        }
    }

    public static WorkerSet Shared => s_shared.Value;

    /// <summary>Does all parts, part 0 on this thread.</summary>
    public void Run(IParallelWork work, int parts)
    {
        if (parts == 1)
        {
            work.Do(0, 1);
            return;
        }

        if (!_owner.TryEnter())
        {
            DoFrom(0, work, parts);
            return;
        }

        try
        {
            var helpers = Math.Min(parts - 1, _workers.Length);
            for (var i = 0; i < helpers; i++)
            {
                _workers[i].Start(work, parts);
            }

            work.Do(0, parts);
            DoFrom(helpers + 1, work, parts);
            for (var i = 0; i < helpers; i++)
            {
                _workers[i].Wait();
            }
        }
        finally
        {
            _owner.Exit();
        }
    }

    private static void DoFrom(int first, IParallelWork work, int parts)
    {
        for (var part = first; part < parts; part++)
        {
            work.Do(part, parts);
        }
    }

    private sealed class Worker
    {
        private readonly int _part;
        private readonly SemaphoreSlim _wake = new(0);
        private IParallelWork? _work;
        private int _parts;
        private Exception? _error;
        private volatile int _asked;
        private volatile int _done;
        private volatile bool _asleep;

        public Worker(int part)
        {
            _part = part;
            new Thread(Loop) { IsBackground = true, Name = $"NormCheck worker {part}" }.Start();
        }

        public void Start(IParallelWork work, int parts)
        {
            (_work, _parts) = (work, parts);
            Interlocked.Increment(ref _asked);
            if (_asleep)
            {
                _wake.Release();
            }
        }

        public void Wait()
        {
            for (var turns = 0; _done != _asked; turns++)
            {
                if (turns < 10_000)
                {
                    Thread.SpinWait(8);
                }
                else
                {
                    Thread.Yield();
                }
            }

            _work = null;
            if (Interlocked.Exchange(ref _error, null) is { } error)
            {
                throw new InvalidOperationException(error.Message, error);
            }
        }

        private void Loop()
        {
            while (true)
            {
                AwaitWork();
                try
                {
                    _work!.Do(_part, _parts);
                }
                catch (Exception error)
                {
                    _error = error;
                }

                _done = _asked;
            }
        }

        private void AwaitWork()
        {
            var began = Stopwatch.GetTimestamp();
            while (_done == _asked)
            {
                if (Stopwatch.GetTimestamp() - began < s_spinTicks)
                {
                    Thread.SpinWait(8);
                    continue;
                }

                _asleep = true;
                Interlocked.MemoryBarrier();
                if (_done == _asked)
                {
                    _wake.Wait();
                }

                _asleep = false;
                began = Stopwatch.GetTimestamp();
            }
        }
    }
}
