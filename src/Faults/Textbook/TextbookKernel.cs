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

    public TextbookKernel(Recipe<T> recipe, NormProblem problem, TensorSet tensors)
    {
        _recipe = recipe;
        _problem = problem;
        _tensors = tensors;
        _map = new(problem);
        _x = new(_map, tensors.Require(TensorRole.X));
        _gamma = Parameter(TensorRole.Gamma, AffineParts.Scale, T.One);
        _statistics = new(recipe, problem, tensors);
    }

    public void Run()
    {
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
        for (var group = 0; group < _map.Groups; group++)
        {
            _x.Read(group, row);
            var statistics = _statistics.Of(group, row);
            var slot = _map.Slots.Starts[group];
            for (var k = 0; k < row.Length; k++)
            {
                var at = slot + slots[k];
                row[k] = _recipe.Apply(row[k], statistics, _gamma[at], beta[at]);
            }

            output.Write(group, row);
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
        for (var group = 0; group < _map.Groups; group++)
        {
            _x.Read(group, x);
            gradient.Read(group, g);
            var statistics = _statistics.Of(group, x);
            var slot = _map.Slots.Starts[group];
            for (var k = 0; k < x.Length; k++)
            {
                var at = slot + _map.Slots.Members[k];
                normalized[k] = _recipe.Normalize(x[k], statistics);
                terms.Add(at, g[k], _recipe.Correct(normalized[k], statistics));
                g[k] = _gamma[at] * g[k];
            }

            DataGradient(x, g, normalized, statistics);
            output.Write(group, g);
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
            g[k] = _recipe.Gradient(g[k], x[k], normalized[k], statistics, means);
        }
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
