using NormCheck.Contract;

namespace NormCheck.Optimized.Api;

/// <summary>
/// The plans that a thread used last, with their scratch memory. A thread has its own, so calls of one plan cannot overlap;
/// they go when the thread does.
/// </summary>
internal sealed class PlanCache
{
    /// <summary>Plans a thread keeps: some more than a network has kinds of layers.</summary>
    private const int Capacity = 64;

    [ThreadStatic]
    private static PlanCache? t_cache;

    private readonly Dictionary<PlanKey, Entry> _entries = new(Capacity);
    private Entry? _latest;
    private long _turn;

    public static PlanCache OfThread => t_cache ??= new();

    /// <summary>The plan of a key; made where there is none yet.</summary>
    /// <exception cref="InputException">The key is no problem that makes sense.</exception>
    public NormPlan this[in PlanKey key]
    {
        get
        {
            if (_latest is { } latest && latest.Key.Equals(key))
            {
                return latest.Plan;
            }

            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = Add(key);
            }

            entry.Turn = ++_turn;
            _latest = entry;
            return entry.Plan;
        }
    }

    private Entry Add(in PlanKey key)
    {
        var entry = new Entry(
            key,
            new(key.Problem(), new() { Tier = key.Tier, Threads = key.Threads })
        );
        if (_entries.Count == Capacity)
        {
            var oldest = _entries.Values.MinBy(each => each.Turn)!;
            _entries.Remove(oldest.Key);
            oldest.Plan.Dispose();
        }

        _entries.Add(key, entry);
        return entry;
    }

    private sealed class Entry(PlanKey key, NormPlan plan)
    {
        public PlanKey Key { get; } = key;

        public NormPlan Plan { get; } = plan;

        public long Turn { get; set; }
    }
}
