using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>Judges with defects that suites were seen to have.</summary>
internal static class WrongJudges
{
    /// <summary>One element as a mutant sees it; what it gives back is what the real judge gets.</summary>
    private delegate (double Actual, Expected Expected) Rewrite(
        int index,
        double actual,
        Expected expected
    );

    /// <summary>The defect, the judge that has it, and the demand that must notice it.</summary>
    public static IReadOnlyList<(string Defect, JudgeUnderTest Mutant, string By)> All { get; } =
    [
        (
            "NaN passes",
            Seeing(
                (_, actual, wanted) =>
                    double.IsNaN(actual) && wanted.Claim == Claim.Within
                        ? (wanted.Truth.ToFloat(), wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.NaNs
        ),
        (
            "NaN passes for a finite number",
            Seeing(
                (_, actual, wanted) =>
                    double.IsNaN(actual) && wanted.Claim == Claim.Finite
                        ? (0, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.NaNs
        ),
        (
            "infinities are confused with each other",
            Seeing(
                (_, actual, wanted) =>
                    (
                        double.IsInfinity(actual) && wanted.Claim == Claim.NegativeInfinity
                            ? double.NegativeInfinity
                        : double.IsInfinity(actual) && wanted.Claim == Claim.PositiveInfinity
                            ? double.PositiveInfinity
                        : actual,
                        wanted
                    )
            ),
            JudgeSpecification.Classes
        ),
        (
            "NaN is accepted for an infinity",
            Seeing(
                (_, actual, wanted) =>
                    double.IsNaN(actual) && wanted.Claim == Claim.PositiveInfinity
                        ? (double.PositiveInfinity, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.Classes
        ),
        (
            "the largest number is accepted for an infinity",
            Seeing(
                (_, actual, wanted) =>
                    actual == float.MaxValue && wanted.Claim == Claim.PositiveInfinity
                        ? (double.PositiveInfinity, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.Classes
        ),
        (
            "-0 and 0 are different",
            Seeing(
                (_, actual, wanted) =>
                    actual == 0
                    && wanted.Claim == Claim.Within
                    && wanted.Truth.Hi == 0
                    && double.IsNegative(actual) != double.IsNegative(wanted.Truth.Hi)
                        ? (double.NaN, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.Zero
        ),
        ("ulp of the binade above", Ulp(2), JudgeSpecification.OwnType),
        ("ulp of the binade below", Ulp(0.5), JudgeSpecification.OwnType),
        (
            "ulps are told in the binade above",
            Told(tensor => tensor with { Ulps = tensor.Ulps / 2 }),
            JudgeSpecification.Ulps
        ),
        (
            "the sign is lost",
            Seeing(
                (_, actual, wanted) =>
                    wanted.Claim == Claim.Within
                        ? (
                            Math.Abs(actual),
                            wanted with
                            {
                                Truth = DoubleDouble.OfFloat(Math.Abs(wanted.Truth.Hi)),
                            }
                        )
                        : (actual, wanted)
            ),
            JudgeSpecification.Sign
        ),
        (
            "the first element is skipped",
            Seeing((index, actual, wanted) => index == 0 ? (actual, Nothing) : (actual, wanted)),
            JudgeSpecification.First
        ),
        (
            "the last element is skipped",
            (problem, outputs, expected, level) =>
                OutputJudge.Decide(
                    problem,
                    outputs,
                    expected.ToDictionary(
                        pair => pair.Key,
                        pair => (Expected[])[.. pair.Value[..^1], Nothing]
                    ),
                    level
                ),
            JudgeSpecification.Last
        ),
        (
            "the bound is a thousand times as wide",
            Seeing((_, actual, wanted) => (actual, wanted with { Bound = 1e3 * wanted.Bound })),
            JudgeSpecification.Bound
        ),
        (
            "the bound itself is outside",
            Seeing(
                (_, actual, wanted) => (actual, wanted with { Bound = wanted.Bound * (1 - 1e-15) })
            ),
            JudgeSpecification.Edge
        ),
        ("the norm of the tensor is compared", WholeTensor, JudgeSpecification.Elementwise),
        (
            "the low half of the truth is dropped",
            Seeing(
                (_, actual, wanted) =>
                    (actual, wanted with { Truth = DoubleDouble.OfFloat(wanted.Truth.Hi) })
            ),
            JudgeSpecification.BothHalves
        ),
        ("poison is not noticed", Cleaned, JudgeSpecification.Written),
        (
            "only the first tensor is judged",
            (problem, outputs, expected, level) =>
                new(level, [OutputJudge.Decide(problem, outputs, expected, level).Tensors[0]]),
            JudgeSpecification.EveryTensor
        ),
        (
            "an absent tensor fails",
            (problem, outputs, expected, level) =>
            {
                var verdict = OutputJudge.Decide(problem, outputs, expected, level);
                return expected.Keys.All(role => outputs[role] is not null)
                    ? verdict
                    : new(
                        level,
                        [.. verdict.Tensors.Select(tensor => tensor with { Failures = 1 })]
                    );
            },
            JudgeSpecification.Absent
        ),
        (
            "infinity never holds",
            Seeing(
                (_, actual, wanted) =>
                    double.IsInfinity(actual) && wanted.Claim == Claim.Within
                        ? (double.NaN, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.Overflow
        ),
        (
            "infinity holds as if it were the largest number",
            Seeing(
                (_, actual, wanted) =>
                    double.IsInfinity(actual) && wanted.Claim == Claim.Within
                        ? (Math.Sign(actual) * (double)float.MaxValue, wanted)
                        : (actual, wanted)
            ),
            JudgeSpecification.Overflow
        ),
        (
            "the worst element is the last that fails",
            Told(tensor =>
                tensor.Failures > 1 ? tensor with { Worst = (int)tensor.Count - 1 } : tensor
            ),
            JudgeSpecification.Told
        ),
        (
            "one failure is told for many",
            Told(tensor => tensor with { Failures = Math.Min(tensor.Failures, 1) }),
            JudgeSpecification.Told
        ),
    ];

    private static Expected Nothing =>
        new(Claim.Nothing, DoubleDouble.OfFloat(0), double.PositiveInfinity);

    /// <summary>The real judge, looking at other numbers.</summary>
    private static JudgeUnderTest Seeing(Rewrite rewrite) =>
        (problem, outputs, expected, level) =>
        {
            var seen = outputs.Clone();
            var wanted = new Dictionary<TensorRole, Expected[]>();
            foreach (var (role, row) in expected)
            {
                wanted[role] = [.. row];
                var index = 0;
                foreach (var distance in seen[role]?.Distances() ?? [])
                {
                    var actual = seen[role]!.Read(distance);
                    var changed = rewrite(index, actual, row[index]);
                    wanted[role][index++] = changed.Expected;

                    // Writing a NaN back would change its bits.
                    if (!changed.Actual.Equals(actual))
                    {
                        seen[role]!.Write(distance, changed.Actual);
                    }
                }
            }

            return OutputJudge.Decide(problem, seen, wanted, level);
        };

    /// <summary>The real judge, telling other things.</summary>
    private static JudgeUnderTest Told(Func<TensorVerdict, TensorVerdict> change) =>
        (problem, outputs, expected, level) =>
            new(
                level,
                [.. OutputJudge.Decide(problem, outputs, expected, level).Tensors.Select(change)]
            );

    /// <summary>Own types get half an ulp, of another binade.</summary>
    private static JudgeUnderTest Ulp(double factor) =>
        (problem, outputs, expected, level) =>
            OutputJudge.Decide(
                problem,
                outputs,
                TensorPlan
                    .For(problem)
                    .Where(spec => expected.ContainsKey(spec.Role))
                    .ToDictionary(
                        spec => spec.Role,
                        spec =>
                            outputs[spec.Role] is { } tensor && tensor.DType != spec.DType
                                ? Array.ConvertAll(
                                    expected[spec.Role],
                                    each =>
                                        each with
                                        {
                                            Bound =
                                                each.Bound
                                                + (
                                                    (factor - 1)
                                                    * StorageType
                                                        .Of(tensor.DType)
                                                        .Ulp(each.Truth.Hi)
                                                    / 2
                                                ),
                                        }
                                )
                                : expected[spec.Role]
                    ),
                level
            );

    /// <summary>‖a − t‖₂ ≤ ‖bounds‖₂ for each tensor.</summary>
    private static Verdict WholeTensor(
        NormProblem problem,
        TensorSet outputs,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        ContractLevel level
    )
    {
        var wide = new Dictionary<TensorRole, Expected[]>();
        foreach (var (role, row) in expected)
        {
            var norm = Math.Sqrt(row.Sum(each => each.Bound * each.Bound));
            var error = outputs[role] is not { } tensor
                ? 0
                : Math.Sqrt(
                    row.Zip(tensor.ToDoubles())
                        .Sum(each => each.First.Error(each.Second) * each.First.Error(each.Second))
                );
            wide[role] =
                error <= norm
                    ? Array.ConvertAll(row, each => each with { Bound = double.MaxValue })
                    : row;
        }

        return OutputJudge.Decide(problem, outputs, wide, level);
    }

    /// <summary>Poison becomes an ordinary NaN before anybody looks.</summary>
    private static Verdict Cleaned(
        NormProblem problem,
        TensorSet outputs,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        ContractLevel level
    )
    {
        var clean = outputs.Clone();
        foreach (var role in clean.Roles)
        {
            var tensor = clean.Require(role);
            foreach (
                var distance in tensor.Distances().Where(each => Poison.IsPoison(tensor, each))
            )
            {
                tensor.Write(distance, double.NaN);
            }
        }

        return OutputJudge.Decide(problem, clean, expected, level);
    }
}
