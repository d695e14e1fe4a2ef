using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Causes;

/// <summary>Causes that are no other formula but a coarser arithmetic: what it does is bounded, not known.</summary>
internal static class Coarser
{
    private const double MostSlack = 1100;

    public static readonly Cause OnePass = new(
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

    /// <summary>For each contract above any-order, what a kernel does that keeps only the one below it.</summary>
    private static readonly (ContractLevel Asked, ContractLevel Kept, Cause Cause)[] s_ladder =
    [
        (
            ContractLevel.Faithful,
            ContractLevel.Compensated,
            new(
                "more-than-an-ulp",
                "right but for rounding: intermediate results are not kept exactly enough for one ulp"
            )
        ),
        (
            ContractLevel.Compensated,
            ContractLevel.Pairwise,
            new("plain-sums", "sums are blocked but not compensated: their error grows with log m")
        ),
        (
            ContractLevel.Pairwise,
            ContractLevel.CentreFirst,
            new("sequential-sums", "sums are formed term by term: their error grows with m")
        ),
        (
            ContractLevel.CentreFirst,
            ContractLevel.AnyOrder,
            new(
                "scale-shift",
                "y is formed as x·a + (β − μ·a), not from x − μ: the mean does not cancel exactly"
            )
        ),
    ];

    /// <summary>The cause where the outputs keep a contract of the ladder below the one that was asked for.</summary>
    public static Cause? ContractKept(Evidence evidence)
    {
        foreach (var (asked, kept, cause) in s_ladder)
        {
            if (
                evidence.Level >= asked
                && Holds(
                    evidence,
                    evidence.Problem,
                    Oracle.Expect(evidence.Problem, evidence.Inputs, kept)
                )
            )
            {
                return cause;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a one-pass variance may have given the outputs. It explains too what it makes no claim about: how it rounds
    /// is not known.
    /// </summary>
    public static bool Cancels(Evidence evidence) => Explains(OnePass, evidence);

    /// <summary>Of the arithmetics whose bounds the outputs keep, the one that allows least.</summary>
    public static Cause? Arithmetic(Evidence evidence) =>
        Candidates(evidence.Problem)
            .Select(each =>
                (each.Cause, each.Problem, Expected: Expect(each.Problem, evidence, each.Model))
            )
            .Where(each => Holds(evidence, each.Problem, each.Expected))
            .Select(each => (each.Cause, Slack: Slack(each.Expected)))
            .Where(each => each.Slack < MostSlack)
            .OrderBy(each => each.Slack)
            .Select(each => each.Cause)
            .FirstOrDefault();

    public static bool Explains(Cause cause, Evidence evidence) =>
        Candidates(evidence.Problem)
            .Where(each => each.Cause == cause)
            .Any(each => Holds(evidence, each.Problem, Expect(each.Problem, evidence, each.Model)));

    private static IReadOnlyDictionary<TensorRole, Expected[]> Expect(
        NormProblem problem,
        Evidence evidence,
        RoundingModel model
    ) => Oracle.Expect(problem, evidence.Inputs, model, ContractLevel.AnyOrder);

    private static IEnumerable<(Cause Cause, NormProblem Problem, RoundingModel Model)> Candidates(
        NormProblem problem
    )
    {
        if (problem.Op != NormOp.RmsNorm && !problem.Pass.IsInference())
        {
            var onePass = problem.Convention with { Algorithm = MomentAlgorithm.OnePass };
            yield return (
                OnePass,
                problem with
                {
                    Convention = onePass,
                },
                ContractLevel.AnyOrder.Model(problem.DType)
            );
        }

        if (problem.DType is DType.F16 or DType.BF16)
        {
            yield return (
                s_storage,
                problem,
                ContractLevel.StatisticsInStorage.Model(problem.DType)
            );
            yield return (
                s_storageArithmetic,
                problem,
                ContractLevels.StorageArithmetic(problem.DType)
            );
        }
    }

    private static bool Holds(
        Evidence evidence,
        NormProblem problem,
        IReadOnlyDictionary<TensorRole, Expected[]> expected
    ) => OutputJudge.Decide(problem, evidence.Outputs, expected, evidence.Level).Holds;

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
}
