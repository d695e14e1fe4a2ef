using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>What an execution may use: threads, and scratch memory for each of them.</summary>
internal sealed class Resources(WorkerSet workers, int threads) : IDisposable
{
    private readonly List<Scratch> _memory = [];

    public WorkerSet Workers { get; } = workers;

    /// <summary>Parts that a phase is split into at most.</summary>
    public int Threads { get; } = threads;

    /// <summary>Parts for work that moves that many bytes: one where a hand-off would cost more than it saves.</summary>
    public int PartsFor(long bytes) => bytes < SmallestShared ? 1 : Threads;

    public Scratch Allocate(nint bytes)
    {
        var scratch = new Scratch(bytes);
        _memory.Add(scratch);
        return scratch;
    }

    public void Dispose()
    {
        foreach (var scratch in _memory)
        {
            scratch.Dispose();
        }
    }

    private const long SmallestShared = 64 * 1024;
}
