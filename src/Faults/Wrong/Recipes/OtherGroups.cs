using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>x̂ with μ and σ of the same member of all groups.</summary>
internal sealed class ColumnRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<T[]> _rows = [];
    private GroupStatistics<T>[] _columns = [];
    private T _epsilon;
    private int _next;
    private bool _gathering;

    public override void Compute(NormProblem problem, GroupMap map, TensorSet tensors)
    {
        _epsilon = T.CreateTruncating(problem.Epsilon);
        _rows.Clear();
        _gathering = true;
        base.Compute(problem, map, tensors.Clone());
        _gathering = false;
        _columns =
        [
            .. Enumerable
                .Range(0, map.GroupSize)
                .Select(k => Statistics([.. _rows.Select(row => row[k])])),
        ];
        base.Compute(problem, map, tensors);
    }

    public override void Enter(int group) => _next = 0;

    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        if (_gathering)
        {
            _rows.Add(x.ToArray());
        }

        return base.Measure(x);
    }

    public override T Normalize(T x, in GroupStatistics<T> statistics) =>
        _gathering ? base.Normalize(x, statistics) : base.Normalize(x, _columns[_next++]);

    private GroupStatistics<T> Statistics(T[] column)
    {
        var moments = base.Measure(column);
        return new(
            moments,
            Std(moments.Variance, _epsilon),
            InverseStd(moments.Variance, _epsilon)
        );
    }
}

/// <summary>x̂ with μ and σ of the part of the group that lies in one plane of the spatial axes.</summary>
internal sealed class PlaneRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _row = [];
    private T _epsilon;
    private int _plane;
    private int _next;
    private GroupStatistics<T> _statistics;

    public override void Begin(NormProblem problem)
    {
        _epsilon = T.CreateTruncating(problem.Epsilon);

        // Layer norm goes across channels where its first axis is that of the channels.
        var planes = problem.Op == NormOp.GroupNorm || problem.Axis == 1;
        _plane =
            planes && problem.Rank > 2
                ? (int)problem.Shape.Slice(2, problem.Rank).Count
                : int.MaxValue;
    }

    public override void Enter(int group) => _next = 0;

    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        _row = x.ToArray();
        return base.Measure(x);
    }

    public override T Normalize(T x, in GroupStatistics<T> statistics)
    {
        var k = _next++;
        if (k % _plane == 0)
        {
            var plane = _row.AsSpan(k, Math.Min(_plane, _row.Length - k));
            var moments = base.Measure(plane);
            _statistics = new(
                moments,
                Std(moments.Variance, _epsilon),
                InverseStd(moments.Variance, _epsilon)
            );
        }

        return base.Normalize(x, _statistics);
    }
}
