using System.Collections.Immutable;
using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify;

/// <summary>
/// A black box in one op, type and layout: makes calls from values group by group, remembers what came back, and says
/// whether a convention allows it.
/// </summary>
public sealed class Subject(INormBackend backend, NormOp op, DType dtype, Layout layout)
{
    /// <summary>Two groups of no particular numbers.</summary>
    public static readonly double[][] Ordinary =
    [
        [1, 2, 4, 9],
        [-3, 0.5, 7, 8],
    ];

    private readonly Dictionary<string, (RunOutcome Outcome, TensorSet Outputs)> _seen = [];
    private readonly Dictionary<(NormPass, DType), (CallForm? Form, string Reason)> _forms = [];

    public NormOp Op => op;

    public DType DType => dtype;

    public BackendDescription Description => backend.Description;

    /// <summary>What earlier questions told. It starts with what most systems do.</summary>
    public Convention Known { get; set; } = Conventions.Get("population");

    /// <summary>The weight that a new batch has in the running statistics, for the momentum of a call.</summary>
    public Func<double, double> Weight { get; set; } = momentum => momentum;

    /// <summary>Number of different calls made.</summary>
    public int Calls => _seen.Count;

    /// <summary>
    /// A call with given values of every statistics group, all of one length; null where the backend takes no call of
    /// that pass and type. For batch renorm r = 1 and d = 0 unless the bounds are widened.
    /// </summary>
    public Case? Make(NormPass pass, double[][] groups, double epsilon, DType? type = null)
    {
        var storage = type ?? dtype;
        var key = (pass, storage);
        if (!_forms.TryGetValue(key, out var known))
        {
            _forms[key] = known = FindForm(pass, storage);
        }

        return known.Form is { } form
            ? With(form.Problem(pass, storage, groups, epsilon), groups)
            : null;
    }

    /// <summary>Why there is no call of a pass and type.</summary>
    public string Reason(NormPass pass, DType? type = null) =>
        _forms.TryGetValue((pass, type ?? dtype), out var known) ? known.Reason : "";

    /// <summary>The problem with values in the groups' places; parameters 1 and 0, statistics 0 and 1.</summary>
    public static Case With(NormProblem problem, double[][] groups) =>
        Filled(new() { Problem = problem }, TensorRole.X, groups);

    /// <summary>The case with values of x or dy given group by group.</summary>
    public static Case Filled(Case @case, TensorRole role, double[][] groups)
    {
        var values = new double[@case.Problem.Shape.Count];
        var members = Partitions.Of(@case.Problem).Groups;
        for (var group = 0; group < groups.Length; group++)
        {
            for (var k = 0; k < groups[group].Length; k++)
            {
                values[members[group][k]] = groups[group][k];
            }
        }

        return Given(@case, role, values);
    }

    /// <summary>The case with all values of a tensor given; those not given yet are 1 for γ and spreads, 0 for the others.</summary>
    public static Case Given(Case @case, TensorRole role, params IEnumerable<double> values)
    {
        var all = @case.Values.SetItem(role, [.. values]);
        foreach (var spec in TensorPlan.For(@case.Problem).Where(spec => spec.IsInput))
        {
            double? usual = spec.Role switch
            {
                TensorRole.Gamma or TensorRole.RunningVar or TensorRole.RunningStd => 1,
                TensorRole.Beta or TensorRole.RunningMean or TensorRole.Dy => 0,
                _ => null,
            };
            if (usual is { } value && !all.ContainsKey(spec.Role))
            {
                all = all.Add(spec.Role, [.. Enumerable.Repeat(value, (int)spec.Shape.Count)]);
            }
        }

        return @case with
        {
            Values = all,
        };
    }

    /// <summary>
    /// The case with γ and β given slot by slot, with the first of these parts that the backend takes (the first, if none).
    /// </summary>
    public Case Scaled(
        Case plain,
        Func<int, double> gamma,
        Func<int, double> beta,
        params AffineParts[] parts
    )
    {
        var scaled = parts.Select(With).ToArray();
        return Array.Find(scaled, each => Declines([each]) is null) ?? scaled[0];

        Case With(AffineParts affine)
        {
            var @case = plain with { Problem = plain.Problem with { Affine = affine } };
            var slots = Enumerable.Range(0, (int)@case.Problem.ParameterShape.Count);
            @case = Given(@case, TensorRole.Gamma, slots.Select(gamma));
            return affine.HasFlag(AffineParts.Shift)
                ? Given(@case, TensorRole.Beta, slots.Select(beta))
                : @case;
        }
    }

    /// <summary>The call's end and its tensors afterwards; the same call is made once.</summary>
    public (RunOutcome Outcome, TensorSet Outputs) Observe(Case @case)
    {
        var key = @case.Text;
        if (!_seen.TryGetValue(key, out var seen))
        {
            _seen[key] = seen = Call(@case.Problem, CaseData.Build(@case));
        }

        return seen;
    }

    /// <summary>A call that is not remembered, for systems that count steps.</summary>
    public (RunOutcome Outcome, TensorSet Outputs) Call(NormProblem problem, TensorSet tensors)
    {
        if (backend.Refuses(problem) is { } reason)
        {
            return (new(RunStatus.Unsupported, reason), tensors);
        }

        return (backend.Run(problem, tensors), tensors);
    }

    /// <summary>Why not all of the calls can be made; null where they can.</summary>
    public string? Declines(IReadOnlyList<Case> cases) =>
        cases
            .Select(each => Observe(each).Outcome)
            .FirstOrDefault(outcome => outcome.Status != RunStatus.Completed)
            ?.Message;

    /// <summary>
    /// Whether every kernel of that convention and of any order of summation may give what came back, in the outputs named
    /// (all, if none is).
    /// </summary>
    public bool Agrees(Case @case, Convention convention, params TensorRole[] roles) =>
        Agrees(@case, convention, ContractLevel.AnyOrder.Model(@case.Problem.DType), roles);

    /// <summary>The same under another arithmetic.</summary>
    public bool Agrees(
        Case @case,
        Convention convention,
        RoundingModel model,
        params TensorRole[] roles
    )
    {
        var (outcome, outputs) = Observe(@case);
        if (outcome.Status != RunStatus.Completed)
        {
            return false;
        }

        var problem = @case.Problem with { Convention = convention };
        var inputs = CaseData.Build(@case);
        var expected = Oracle.Expect(problem, inputs, model, ContractLevel.AnyOrder);
        return OutputJudge
            .Decide(problem, outputs, expected, ContractLevel.AnyOrder)
            .Tensors.Where(tensor => roles.Length == 0 || roles.Contains(tensor.Role))
            .All(tensor => tensor.Holds);
    }

    /// <summary>The plainest form of call that the backend takes.</summary>
    private (CallForm? Form, string Reason) FindForm(NormPass pass, DType storage)
    {
        var reason = "";
        if (!op.Passes().Contains(pass))
        {
            return (null, $"{op.Word()} has no such pass");
        }

        if (
            !backend.Description.Passes.Contains(pass)
            || !backend.Description.DTypes.Contains(storage)
        )
        {
            return (null, $"{backend.Description.Name} has no {pass.Word(op)} in {storage.Word()}");
        }

        foreach (var form in CallForm.All(op, layout))
        {
            var trial = With(form.Problem(pass, storage, Ordinary, 1e-3), Ordinary);
            var outcome = Observe(trial).Outcome;
            if (outcome.Status == RunStatus.Completed)
            {
                return (form, "");
            }

            reason = outcome.Message;
            if (!outcome.Declined)
            {
                // It takes the call and fails in it: a plainer call would hide that.
                break;
            }
        }

        return (null, reason);
    }
}
