using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Laws;

/// <summary>
/// Where laws are tried: one backend, one case. The answer to the case itself and its bounds are had once for all laws.
/// </summary>
public sealed class LawBench(INormBackend backend, Case @case, ContractLevel level)
{
    private readonly Dictionary<Call, IReadOnlyDictionary<TensorRole, Expected[]>> _expected = [];
    private readonly List<(Call Call, TensorSet Tensors)> _elsewhere = [];
    private Call? _call;
    private Answer? _base;
    private LawOutcome _missing;
    private LawOutcome _baseMissing;
    private bool _asked;
    private CaseCell? _failedElsewhere;

    public INormBackend Backend => backend;

    public Case Case => @case;

    public ContractLevel Level => level;

    /// <summary>Whether the contract says in which order sums are done.</summary>
    public bool NamesOrder => level >= ContractLevel.Pairwise;

    /// <summary>Starts another backend of the same kind, for laws about several callers; null where that is too dear.</summary>
    public Func<INormBackend>? Another { get; init; }

    public NormProblem Problem => @case.Problem;

    /// <summary>The case as a call.</summary>
    public Call Call
    {
        get => _call ??= Call.Of(Problem, CaseData.Build(@case));
        init => _call = value;
    }

    /// <summary>The answer to <see cref="Call"/>, had once; <see cref="Missing"/> says why there is none.</summary>
    public bool Base(out Answer answer)
    {
        if (!_asked)
        {
            _asked = true;
            _base = Ask(backend, Call.Problem, Call.Build(), out var first) ? first : null;
            _baseMissing = _missing;
        }

        answer = _base!;
        _missing = _baseMissing;
        return _base is not null;
    }

    /// <summary>Runs the backend on a call; false where it declines or ends badly, see <see cref="Missing"/>.</summary>
    public bool Ask(Call call, out Answer answer)
    {
        var tensors = call.Build();
        var answered = Ask(backend, call.Problem, tensors, out answer);
        var cell = CaseCell.Of(call.Problem);
        if (cell != CaseCell.Of(Problem))
        {
            if (answered)
            {
                _elsewhere.Add((call, tensors));
            }
            else if (_missing.IsBroken)
            {
                _failedElsewhere ??= cell;
            }
        }

        return answered;
    }

    /// <summary>Before a law is tried: what earlier ones asked is none of its business.</summary>
    internal void Begin()
    {
        _elsewhere.Clear();
        _failedElsewhere = null;
    }

    /// <summary>
    /// The cell of a call, made of other ops, passes, types or layouts than the case, that ended badly or whose outputs are
    /// wrong by themselves: a relation between the two then says nothing about the case. Null where there is none.
    /// </summary>
    public CaseCell? WrongElsewhere()
    {
        if (_failedElsewhere is not null)
        {
            return _failedElsewhere;
        }

        foreach (var (call, tensors) in _elsewhere)
        {
            if (!OutputJudge.Decide(call.Problem, tensors, Expected(call), level).Holds)
            {
                return CaseCell.Of(call.Problem);
            }
        }

        return null;
    }

    /// <summary>The same, but the case itself is not run again.</summary>
    public bool AskOnce(Call call, out Answer answer) =>
        ReferenceEquals(call, Call) ? Base(out answer) : Ask(call, out answer);

    /// <summary>Runs the backend on tensors that lie in memory as the law wants them.</summary>
    public bool Ask(NormProblem problem, TensorSet tensors, out Answer answer) =>
        Ask(backend, problem, tensors, out answer);

    /// <summary>Runs a backend on tensors; what they hold afterwards is the answer.</summary>
    public bool Ask(INormBackend which, NormProblem problem, TensorSet tensors, out Answer answer)
    {
        answer = null!;
        // A backend need not be asked, and may not be judged, about what it does not describe.
        var described = which.Description;
        if (!described.Ops.Contains(problem.Op) || !described.Passes.Contains(problem.Pass))
        {
            _missing = LawOutcome.Skip("declined: not described");
            return false;
        }

        if (which.Refuses(problem) is { } reason)
        {
            _missing = LawOutcome.Skip($"declined: {reason}");
            return false;
        }

        var outcome = which.Run(problem, tensors);
        if (outcome.Status != RunStatus.Completed)
        {
            _missing = outcome.Declined
                ? LawOutcome.Skip($"declined: {outcome.Message}")
                : LawOutcome.Broken(
                    $"{outcome.Status}: {outcome.Message} (on {ProblemText.Print(problem)})"
                );
            return false;
        }

        answer = new Answer(problem, tensors);
        _missing = default;
        return true;
    }

    /// <summary>What the law has come to where the last question was not answered.</summary>
    public LawOutcome Missing => _missing;

    /// <summary>
    /// How far each element of an output may be from the truth under the contract; ∞ where nothing is claimed. The truth
    /// itself is not given to laws.
    /// </summary>
    public double[] Bounds(Call call, TensorRole role) =>
        [
            .. Expected(call)[role]
                .Select(each => each.Claim == Claim.Within ? each.Bound : double.PositiveInfinity),
        ];

    /// <summary>The same for an answer whose statistics may be of the data's own type, with a rounding of its own.</summary>
    public double[] Bounds(Call call, TensorRole role, Answer answer)
    {
        var bounds = Bounds(call, role);
        if (answer.OwnType(role) is { } own)
        {
            var storage = StorageType.Of(own);
            for (var i = 0; i < bounds.Length; i++)
            {
                bounds[i] += storage.Ulp(Math.Abs(answer[role][i]) + bounds[i]);
            }
        }

        return bounds;
    }

    private IReadOnlyDictionary<TensorRole, Expected[]> Expected(Call call)
    {
        if (!_expected.TryGetValue(call, out var expected))
        {
            _expected[call] = expected = Oracle.Expect(call.Problem, call.Build(), level);
        }

        return expected;
    }

    /// <summary>A stream of random numbers of the case's own, another one for every key.</summary>
    public SeededRandom Random(ulong key) => SeededRandom.For(@case.Seed, 0x1A75, key);

    /// <summary>Both rows have the same numbers bit for bit; one NaN is as good as another.</summary>
    public static LawOutcome Same(
        TensorRole role,
        ReadOnlySpan<double> wanted,
        ReadOnlySpan<double> actual
    )
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            var same =
                BitConverter.DoubleToInt64Bits(wanted[i])
                    == BitConverter.DoubleToInt64Bits(actual[i])
                || (double.IsNaN(wanted[i]) && double.IsNaN(actual[i]));
            if (!same)
            {
                return LawOutcome.Broken(
                    $"{role.Name()}[{i}] is {ProblemText.Number(actual[i])}, bit for bit it should be {ProblemText.Number(wanted[i])}"
                );
            }
        }

        return wanted.Length == 0 ? LawOutcome.Skip("nothing to compare") : LawOutcome.Holds;
    }

    /// <summary>
    /// |actual − wanted| ≤ allowed, element by element; NaN holds only where nothing is allowed for (∞). An infinity may
    /// be what a truth near the end of the type's range is rounded to, which only the judge can tell.
    /// </summary>
    public static LawOutcome Within(
        TensorRole role,
        ReadOnlySpan<double> wanted,
        ReadOnlySpan<double> actual,
        ReadOnlySpan<double> allowed
    )
    {
        var claims = false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (
                double.IsPositiveInfinity(allowed[i])
                || double.IsInfinity(wanted[i])
                || double.IsInfinity(actual[i])
            )
            {
                continue;
            }

            claims = true;
            if (!(Math.Abs(actual[i] - wanted[i]) <= allowed[i]))
            {
                return LawOutcome.Broken(
                    $"{role.Name()}[{i}] is {ProblemText.Number(actual[i])}, by the law {ProblemText.Number(wanted[i])} within {ProblemText.Number(allowed[i])}"
                );
            }
        }

        return claims ? LawOutcome.Holds : LawOutcome.Skip("nothing is claimed of this case");
    }
}
