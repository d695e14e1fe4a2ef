using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// One call: reads a group after the other into a row, has the recipe compute it, writes it back. What the recipe does
/// not decide is here: which elements belong together and which tensors there are.
/// </summary>
internal sealed class TextbookKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Recipe<T> _recipe;
    private readonly NormProblem _problem;
    private readonly GroupMap _map;
    private readonly TensorRows<T> _x;
    private readonly T[] _gamma;
    private readonly KernelStatistics<T> _statistics;
    private readonly TensorSet _tensors;

    public TextbookKernel(Recipe<T> recipe, NormProblem problem, GroupMap map, TensorSet tensors)
    {
        _recipe = recipe;
        _problem = problem;
        _tensors = tensors;
        _map = map;
        _x = new(_map, tensors.Require(TensorRole.X));
        _gamma = Gamma();
        _statistics = new(recipe, problem, tensors);
    }

    public void Run()
    {
        _recipe.Begin(_problem);
        if (_problem.Pass.IsBackward())
        {
            Backward();
        }
        else
        {
            Forward();
        }
    }

    private void Forward()
    {
        var beta = Parameter(TensorRole.Beta, AffineParts.Shift, T.Zero);
        var output = new TensorRows<T>(_map, _tensors.Require(TensorRole.Y));
        var slots = _map.Slots.Members;
        var row = new T[_map.GroupSize];
        var groups = _recipe.Reach(_map.Groups);
        for (var group = 0; group < groups; group++)
        {
            _recipe.Enter(group);
            _x.Read(group, row);
            var statistics = _statistics.Of(group, row);
            var slot = _map.Slots.Starts[group];
            for (var k = 0; k < row.Length; k++)
            {
                var at = _recipe.Slot(slot + slots[k], beta.Length, group, k);
                row[k] = _recipe.ApplyAt(k, row.Length, row[k], statistics, _gamma[at], beta[at]);
            }

            output.Write(group, row.AsSpan(0, _recipe.Written(row.Length)));
        }

        _statistics.Store();
    }

    private void Backward()
    {
        var gradient = new TensorRows<T>(_map, _tensors.Require(TensorRole.Dy));
        var output = new TensorRows<T>(_map, _tensors.Require(TensorRole.Dx));
        var terms = new SlotTerms<T>(_map);
        var (x, g) = (new T[_map.GroupSize], new T[_map.GroupSize]);
        var normalized = new T[_map.GroupSize];
        var groups = _recipe.Reach(_map.Groups);
        for (var group = 0; group < groups; group++)
        {
            _recipe.Enter(group);
            _x.Read(group, x);
            gradient.Read(group, g);
            var statistics = _statistics.Of(group, x);
            var slot = _map.Slots.Starts[group];
            for (var k = 0; k < x.Length; k++)
            {
                var own = slot + _map.Slots.Members[k];
                var at = _recipe.Slot(own, _gamma.Length, group, k);
                normalized[k] = _recipe.Recall(x[k], statistics, _gamma[at]);
                terms.Add(own, g[k], _recipe.Correct(normalized[k], statistics));
                g[k] = _recipe.Incoming(g[k], _gamma[at]);
            }

            DataGradient(x, g, normalized, statistics);
            output.Write(group, g.AsSpan(0, _recipe.Written(g.Length)));
        }

        terms.Store(_recipe, _problem, _tensors);
    }

    /// <summary>Replaces g by dx.</summary>
    private void DataGradient(T[] x, T[] g, T[] normalized, in GroupStatistics<T> statistics)
    {
        if (_problem.Pass.IsInference())
        {
            for (var k = 0; k < g.Length; k++)
            {
                g[k] = _recipe.FrozenGradient(g[k], statistics);
            }

            return;
        }

        var means = _recipe.Project(g, normalized, _problem.Op != NormOp.RmsNorm);
        for (var k = 0; k < g.Length; k++)
        {
            g[k] = _recipe.GradientAt(k, g.Length, g[k], x[k], normalized[k], statistics, means);
        }
    }

    private T[] Gamma()
    {
        var gamma = Parameter(TensorRole.Gamma, AffineParts.Scale, T.One);
        if (_problem.Convention.GammaOffset != 0 && _problem.Affine.HasFlag(AffineParts.Scale))
        {
            var offset = T.CreateTruncating(_problem.Convention.GammaOffset);
            foreach (ref var value in gamma.AsSpan())
            {
                value = _recipe.Scale(value, offset);
            }
        }

        return gamma;
    }

    private T[] Parameter(TensorRole role, AffineParts part, T absent)
    {
        if (_problem.Affine.HasFlag(part))
        {
            return TensorRows<T>.ReadAll(_tensors.Require(role));
        }

        var values = new T[_map.SlotCount];
        Array.Fill(values, absent);
        return values;
    }
}
