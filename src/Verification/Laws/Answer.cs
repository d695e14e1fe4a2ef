using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What a backend gave for a call: the values of its outputs, row-major in memory order.</summary>
public sealed class Answer
{
    private readonly Dictionary<TensorRole, double[]> _outputs = [];

    internal Answer(NormProblem problem, TensorSet tensors)
    {
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            // A system may not give every statistic.
            if (tensors[spec.Role] is { } tensor)
            {
                _outputs[spec.Role] = tensor.ToDoubles();
            }
        }
    }

    /// <summary>The outputs there are, in the order of the header.</summary>
    public IEnumerable<TensorRole> Roles => _outputs.Keys;

    public bool Has(TensorRole role) => _outputs.ContainsKey(role);

    /// <summary>The values of an output; empty where it was not given.</summary>
    public double[] this[TensorRole role] => _outputs.GetValueOrDefault(role, []);
}
