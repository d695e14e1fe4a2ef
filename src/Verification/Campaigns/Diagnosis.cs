using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>
/// Names the likely cause of wrong outputs by judging them against a family of other formulas.
/// </summary>
public static class Diagnosis
{
    /// <summary>A formula of the family: the problem as it would read if the kernel followed it.</summary>
    private sealed record Hypothesis(
        Cause Cause,
        Func<NormProblem, bool> Applies,
        Func<NormProblem, Convention> Convention
    );

    private const double MostSlack = 1100;

    private static readonly Cause s_onePass = new(
        "one-pass-variance",
        "one-pass class: the variance is E[x²] − μ², which cancels where the mean is large beside σ"
    );

    private static readonly Cause s_storage = new(
        "statistics-in-storage",
        "the mean and 1/σ are rounded to the storage type before they are used"
    );

    private static readonly Cause s_storageArithmetic = new(
        "arithmetic-in-storage",
        "intermediate results are rounded to the storage type, not kept in f32"
    );

    private static readonly Cause s_scaleShift = new(
        "scale-shift",
        "y is formed as x·a + (β − μ·a), not from x − μ: the mean does not cancel exactly"
    );

    private static readonly Cause s_gradientLayout = new(
        "dy-strides-ignored",
        "dy is read in another memory order than it has: its strides are ignored"
    );

    private static readonly Hypothesis[] s_family =
    [
        new(
            new("epsilon-outside-root", "ε is added to √v, not to v"),
            problem => problem.Epsilon > 0,
            problem =>
                problem.Convention with
                {
                    ForwardEpsilon = new(EpsilonPlacement.OutsideRoot),
                    InferenceEpsilon = new(EpsilonPlacement.OutsideRoot),
                    BackwardEpsilon = new(EpsilonPlacement.OutsideRoot),
                }
        ),
        new(
            new("epsilon-missing", "ε is not used"),
            problem => problem.Epsilon > 0,
            problem =>
                problem.Convention with
                {
                    ForwardEpsilon = new(EpsilonPlacement.Absent),
                    InferenceEpsilon = new(EpsilonPlacement.Absent),
                    BackwardEpsilon = new(EpsilonPlacement.Absent),
                }
        ),
        new(
            new("bessel-normalizing", "the normalizing variance divides by m − 1, not by m"),
            problem => problem.Op != NormOp.RmsNorm && problem.GroupSize > 1,
            problem => problem.Convention with { NormalizingDivisor = Divisor.Bessel }
        ),
        new(
            new("population-stored", "the running variance takes in S/m, not S/(m − 1)"),
            problem => problem.Pass == NormPass.ForwardTraining && problem.GroupSize > 1,
            problem => problem.Convention with { StoredFactor = StoredFactor.Population }
        ),
    ];

    /// <summary>
    /// The likely cause of outputs that fail a contract: the first formula that explains every output, in the order of
    /// <see cref="Candidates"/>; of the conventions at its end, the one that allows least.
    /// </summary>
    public static Cause Explain(
        NormProblem problem,
        TensorSet inputs,
        TensorSet outputs,
        ContractLevel level
    )
    {
        var best = (Cause: Cause.Unknown, Slack: MostSlack);
        foreach (var (cause, candidate, tensors, model) in Candidates(problem, inputs, level))
        {
            var expected = Oracle.Expect(candidate, tensors, model, ContractLevel.AnyOrder);
            if (!OutputJudge.Decide(candidate, outputs, expected, level).Holds)
            {
                continue;
            }

            if (!s_family.Any(each => each.Cause == cause))
            {
                return best.Cause == Cause.Unknown ? cause : best.Cause;
            }

            // A formula that would allow anything explains nothing.
            var slack = Slack(expected);
            best = slack < best.Slack ? (cause, slack) : best;
        }

        return best.Cause;
    }

    private static IEnumerable<(
        Cause Cause,
        NormProblem Problem,
        TensorSet Inputs,
        RoundingModel Model
    )> Candidates(NormProblem problem, TensorSet inputs, ContractLevel level)
    {
        var anyOrder = ContractLevel.AnyOrder.Model(problem.DType);
        if (level > ContractLevel.AnyOrder)
        {
            yield return (s_scaleShift, problem, inputs, anyOrder);
        }

        foreach (var misread in Misreadings(problem, inputs))
        {
            yield return (s_gradientLayout, problem, misread, anyOrder);
        }

        // Where a one-pass variance may have cancelled, other formulas fit by chance; where it has not, it does not fit.
        if (problem.Op != NormOp.RmsNorm && !problem.Pass.IsInference())
        {
            var onePass = problem.Convention with { Algorithm = MomentAlgorithm.OnePass };
            yield return (s_onePass, problem with { Convention = onePass }, inputs, anyOrder);
        }

        var narrow = problem.DType is DType.F16 or DType.BF16;
        if (narrow)
        {
            var storage = ContractLevel.StatisticsInStorage.Model(problem.DType);
            yield return (s_storage, problem, inputs, storage);
        }

        foreach (var each in s_family.Where(each => each.Applies(problem)))
        {
            yield return (
                each.Cause,
                problem with
                {
                    Convention = each.Convention(problem),
                },
                inputs,
                anyOrder
            );
        }

        if (narrow)
        {
            var storage = ContractLevels.StorageArithmetic(problem.DType);
            yield return (s_storageArithmetic, problem, inputs, storage);
        }
    }

    /// <summary>Mean binary logarithm of what is allowed around an element; no claim counts as the most.</summary>
    private static double Slack(IReadOnlyDictionary<TensorRole, Expected[]> expected) =>
        expected
            .Values.SelectMany(row => row)
            .Select(each =>
                each.Claim == Claim.Within
                    ? Math.Clamp(Math.Log2(each.Bound), -MostSlack, MostSlack)
                    : MostSlack
            )
            .DefaultIfEmpty(MostSlack)
            .Average();

    /// <summary>The inputs with dy's memory read in every layout in which it does not lie.</summary>
    private static IEnumerable<TensorSet> Misreadings(NormProblem problem, TensorSet inputs)
    {
        if (!problem.Op.HasChannels() || inputs[TensorRole.Dy] is not { } dy)
        {
            yield break;
        }

        foreach (var layout in Layouts.All)
        {
            var strides = TensorPlan.StridesOf(problem, layout);
            if (!strides.AsSpan().SequenceEqual(dy.Strides.AsSpan()))
            {
                var misread = inputs.Clone();
                misread[TensorRole.Dy] = new Tensor(
                    dy.DType,
                    dy.Shape,
                    [.. strides],
                    dy.Data,
                    dy.Offset
                );
                yield return misread;
            }
        }
    }
}
