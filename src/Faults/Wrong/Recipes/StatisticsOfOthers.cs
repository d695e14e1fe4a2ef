using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>
/// x̂ = (x − μ)/σ with μ and σ of another group. A first pass over the data collects the statistics of all groups, as
/// kernels do that keep them in an array; <see cref="Source"/> says which of them an element gets.
/// </summary>
internal abstract class StatisticsOfOthers<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly GroupStatistics<T> s_unwritten = GroupStatistics<T>.Kept(
        T.NaN,
        T.NaN,
        T.NaN
    );

    private readonly List<GroupStatistics<T>> _all = [];
    private bool _collecting;
    private int _group;
    private int _next;

    protected NormProblem Problem { get; private set; } = null!;

    protected int Groups => _all.Count;

    protected int GroupSize { get; private set; }

    public override void Compute(NormProblem problem, GroupMap map, TensorSet tensors)
    {
        (Problem, GroupSize) = (problem, map.GroupSize);
        _all.Clear();
        _collecting = true;
        base.Compute(problem with { Saved = false }, map, tensors.Clone());
        _collecting = false;
        base.Compute(problem, map, tensors);
    }

    public override void Enter(int group) => (_group, _next) = (group, 0);

    public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype)
    {
        if (_collecting)
        {
            _all.Add(statistics);
        }

        return statistics;
    }

    /// <summary>Called once for every member of a group, in their order.</summary>
    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        base.Normalize(x, Pick(_next++, statistics));

    public override T GradientAt(
        int k,
        int count,
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => base.GradientAt(k, count, g, x, normalized, Pick(k, statistics), means);

    /// <summary>The group whose statistics member k of a group gets; one that there is not has none but NaN.</summary>
    protected abstract int Source(int group, int k);

    /// <summary>What of them is used.</summary>
    protected virtual GroupStatistics<T> Mix(
        in GroupStatistics<T> own,
        in GroupStatistics<T> other
    ) => other;

    private GroupStatistics<T> Pick(int k, in GroupStatistics<T> own)
    {
        if (_collecting)
        {
            return own;
        }

        var source = Source(_group, k);
        return Mix(own, source < _all.Count ? _all[source] : s_unwritten);
    }
}
