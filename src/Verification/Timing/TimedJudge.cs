using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Timing;

/// <summary>The judgement on the outputs of timed calls.</summary>
/// <param name="Failure">What is wrong, in one line; null where all that was judged holds.</param>
/// <param name="Ratio">Largest error/bound.</param>
/// <param name="Coverage">What was judged: all, or which part.</param>
public sealed record TimedVerdict(string? Failure, double Ratio, string Coverage)
{
    public bool Holds => Failure is null;
}

/// <summary>
/// Judges the outputs of timed calls with the same oracle as every other call: all of a small problem; of a large one some
/// groups, drawn by a seed and always with the last, as a problem of their own. dγ and dβ of a layer or RMS norm, which
/// need all rows, are judged in some columns, by the reference's own sums over all rows.
/// </summary>
public sealed class TimedJudge
{
    /// <summary>Elements that are judged of a large problem; up to so many all are.</summary>
    public const long Sample = 300_000;

    private const int Columns = 16;

    private readonly NormProblem _problem;
    private readonly ContractLevel _level;
    private readonly SampledPart? _part;
    private readonly IReadOnlyList<int> _columns = [];
    private readonly IReadOnlyDictionary<TensorRole, Expected[]> _expected;
    private readonly Dictionary<TensorRole, Expected[]> _ofColumns = [];

    /// <param name="problem">What was computed.</param>
    /// <param name="inputs">Its inputs as they were.</param>
    /// <param name="level">The contract.</param>
    /// <param name="seed">Chooses the sample.</param>
    /// <param name="sample">Most elements that are judged.</param>
    public TimedJudge(
        NormProblem problem,
        TensorSet inputs,
        ContractLevel level,
        ulong seed,
        long sample = Sample
    )
    {
        (_problem, _level) = (problem, level);
        if (problem.Shape.Count <= sample)
        {
            _expected = Oracle.Expect(problem, inputs, level);
            return;
        }

        _part = SampledPart.Choose(problem, sample, seed);
        _expected = Oracle.Expect(_part.Problem, _part.Slice(Inputs(inputs)), level);
        if (
            problem.Pass == NormPass.BackwardTraining
            && !problem.Op.HasChannels()
            && problem.Affine != AffineParts.None
            && problem.Axis > 0
            // The truth beside an f64 bound needs more bits than these sums have.
            && problem.DType != DType.F64
        )
        {
            _columns = SampledPart.Choice((int)problem.ParameterShape.Count, Columns, seed);
            var (dGamma, dBeta) = Oracle.ExpectColumns(problem, inputs, level, [.. _columns]);
            _ofColumns[TensorRole.DGamma] = dGamma;
            _ofColumns[TensorRole.DBeta] = dBeta;
        }
    }

    /// <summary>What is judged, in words.</summary>
    public string Coverage
    {
        get
        {
            if (_part is null)
            {
                return "all";
            }

            var rest =
                _columns.Count > 0
                    ? $", dgamma and dbeta in {_columns.Count} of {_problem.ParameterShape.Count} columns"
                : !_problem.Op.HasChannels() && _problem.Pass.IsBackward() && _problem.Axis > 0
                    ? ", dgamma and dbeta not judged"
                : "";
            return $"{_part.Chosen.Count} of {_part.Of} {_part.What}{rest}";
        }
    }

    public TimedVerdict Decide(TensorSet outputs)
    {
        var own = Outputs(outputs);
        var part = _part is null ? own : _part.Slice(own);
        var verdict = OutputJudge.Decide(_part?.Problem ?? _problem, part, _expected, _level);
        var verdicts = verdict.Tensors.ToList();
        if (_columns.Count > 0)
        {
            var columns = new TensorSet();
            foreach (var role in _ofColumns.Keys)
            {
                columns[role] = own[role] is { } tensor
                    ? TensorSlice.Elements(tensor, _columns)
                    : null;
            }

            verdicts.AddRange(OutputJudge.Decide(_problem, columns, _ofColumns, _level).Tensors);
        }

        var all = new Verdict(_level, verdicts);
        return new(all.Failure is { } failure ? Line(failure) : null, all.Ratio, Coverage);
    }

    private static string Line(TensorVerdict failure) =>
        $"{failure.Role.Name()}: {failure.Failures} of {failure.Count} judged elements are wrong, the worst {ProblemText.Number(failure.Actual)} "
        + $"in place of {ProblemText.Number(failure.Truth)} ({failure.Kind.Word()}, error/bound {ProblemText.Number(Math.Round(failure.Ratio, 3))})";

    private TensorSet Inputs(TensorSet tensors) => Only(tensors, spec => spec.IsInput);

    private TensorSet Outputs(TensorSet tensors) => Only(tensors, spec => spec.IsOutput);

    private TensorSet Only(TensorSet tensors, Func<TensorSpec, bool> wanted)
    {
        var some = new TensorSet();
        foreach (var spec in TensorPlan.For(_problem).Where(wanted))
        {
            some[spec.Role] = tensors[spec.Role];
        }

        return some;
    }
}
