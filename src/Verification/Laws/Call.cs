using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Laws;

/// <summary>
/// One call of a backend as numbers: a problem and the values of the tensors it reads, row-major in memory order. Calls
/// are values: every change gives a new one.
/// </summary>
public sealed class Call
{
    private readonly Dictionary<TensorRole, double[]> _inputs;

    private Call(NormProblem problem, Dictionary<TensorRole, double[]> inputs)
    {
        Problem = problem;
        _inputs = inputs;
    }

    public NormProblem Problem { get; }

    /// <summary>The values of an input; empty where the call does not have it. Not to be written to.</summary>
    public double[] this[TensorRole role] => _inputs.GetValueOrDefault(role, []);

    public static Call Of(NormProblem problem, TensorSet tensors) =>
        new(
            problem,
            TensorPlan
                .For(problem)
                .Where(spec => spec.IsInput)
                .ToDictionary(spec => spec.Role, spec => tensors.Require(spec.Role).ToDoubles())
        );

    public bool Has(TensorRole role) => _inputs.ContainsKey(role);

    /// <summary>The same call with other values in one input. An input that the problem does not read is left out.</summary>
    public Call With(TensorRole role, double[] values) =>
        Has(role) ? new(Problem, new(_inputs) { [role] = values }) : this;

    /// <summary>The same call with one input changed number by number.</summary>
    public Call Map(TensorRole role, Func<double, double> change) =>
        With(role, [.. this[role].Select(change)]);

    /// <summary>The same call with the numbers of an input in another order: the new i-th is the old from[i]-th.</summary>
    public Call Pick(TensorRole role, IReadOnlyList<int> from) =>
        With(role, [.. from.Select(index => this[role][index])]);

    /// <summary>
    /// Another problem with the same values, less those that it does not read and more those given. Its other inputs must
    /// have as many values as before.
    /// </summary>
    public Call For(
        NormProblem problem,
        params ReadOnlySpan<(TensorRole Role, double[] Values)> more
    )
    {
        var inputs = new Dictionary<TensorRole, double[]>(_inputs);
        foreach (var (role, values) in more)
        {
            inputs[role] = values;
        }

        var reads = TensorPlan.For(problem).Where(spec => spec.IsInput).ToArray();
        return new(problem, reads.ToDictionary(spec => spec.Role, spec => inputs[spec.Role]));
    }

    /// <summary>The same call without saved statistics: forwards do not give them, backwards make their own.</summary>
    public Call Unsaved() => For(Problem with { Saved = false });

    /// <summary>The same call with the saved statistics that belong to its x, as a right forward rounds them.</summary>
    public Call Resaved()
    {
        if (!Has(TensorRole.SavedInvStd))
        {
            return this;
        }

        var tensors = Build();
        CaseData.FillSaved(Problem, tensors);
        return Of(Problem, tensors);
    }

    /// <summary>True where no value of the call is changed by rounding to the type of its tensor.</summary>
    public bool IsExact
    {
        get
        {
            var built = Build();
            return _inputs.All(input =>
                built.Require(input.Key).ToDoubles().AsSpan().SequenceEqual(input.Value)
            );
        }
    }

    /// <summary>True where no input holds a NaN or an infinity.</summary>
    public bool IsFinite => _inputs.Values.All(values => values.All(double.IsFinite));

    /// <summary>The tensors of the call: inputs filled, outputs poisoned.</summary>
    public TensorSet Build() =>
        Build(spec => new Tensor(spec.DType, spec.Shape, [.. spec.Strides]));

    /// <summary>The same with tensors that lie in memory as the caller wants them.</summary>
    public TensorSet Build(Func<TensorSpec, Tensor> allocate)
    {
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(Problem))
        {
            var tensor = allocate(spec);
            Poison.Fill(tensor);
            if (spec.IsInput)
            {
                tensor.CopyFrom(_inputs[spec.Role]);
            }

            tensors[spec.Role] = tensor;
        }

        return tensors;
    }
}
