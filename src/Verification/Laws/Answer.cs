using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What a backend gave for a call: the values of its outputs, row-major in memory order.</summary>
public sealed class Answer
{
    private readonly Dictionary<TensorRole, double[]> _outputs = [];
    private readonly Dictionary<TensorRole, DType> _types = [];

    private readonly Dictionary<TensorRole, DType> _planned = [];

    internal Answer(NormProblem problem, TensorSet tensors)
    {
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            // A system may not give every statistic.
            if (tensors[spec.Role] is { } tensor)
            {
                _outputs[spec.Role] = tensor.ToDoubles();
                _types[spec.Role] = tensor.DType;
                _planned[spec.Role] = spec.DType;
            }
        }
    }

    /// <summary>The outputs there are, in the order of the header.</summary>
    public IEnumerable<TensorRole> Roles => _outputs.Keys;

    /// <summary>The type of an output that came in another type than the plan's (docs/bounds.md B17), otherwise null.</summary>
    public DType? OwnType(TensorRole role) =>
        _types.TryGetValue(role, out var own) && own != _planned[role] ? own : null;

    /// <summary>Those of some roles that there are.</summary>
    public IEnumerable<TensorRole> Among(IEnumerable<TensorRole> roles) => roles.Where(Has);

    public bool Has(TensorRole role) => _outputs.ContainsKey(role);

    /// <summary>The values of an output; empty where it was not given.</summary>
    public double[] this[TensorRole role] => _outputs.GetValueOrDefault(role, []);

    /// <summary>The type in which an output was given: of parameters and statistics also the data's own.</summary>
    public DType TypeOf(TensorRole role) => _types[role];
}
