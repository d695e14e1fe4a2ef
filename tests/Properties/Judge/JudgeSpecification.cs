using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>Anything that compares outputs with what is expected.</summary>
internal delegate Verdict JudgeUnderTest(
    NormProblem problem,
    TensorSet outputs,
    IReadOnlyDictionary<TensorRole, Expected[]> expected,
    ContractLevel level
);

/// <summary>
/// What any judge must do: each demand is a mistake that a real suite has made. A demand throws or gives false where it is
/// violated.
/// </summary>
internal static class JudgeSpecification
{
    public const string Bound = "within the bound holds and nothing else";
    public const string Edge = "an element exactly at the bound holds";
    public const string BothHalves = "the error is taken against both halves of the truth";
    public const string NaNs = "NaN holds only where it is asked or nothing is";
    public const string Classes = "classes are judged by class, the sign of infinity included";
    public const string Zero = "-0 holds where the truth is 0";
    public const string Sign = "the sign counts";
    public const string First = "the first element counts";
    public const string Last = "the last element counts";
    public const string Elementwise = "one bad element among many good ones fails";
    public const string EveryTensor = "every output counts";
    public const string Absent = "an absent output is not judged";
    public const string Overflow = "infinity holds where the interval reaches it, with that sign";
    public const string OwnType = "an output of its own type gets half an ulp of its binade";
    public const string Ulps = "errors are told in ulps of the truth's binade";
    public const string Written = "poison is unwritten, whatever is claimed";
    public const string Told = "the verdict tells how many fail, which is worst, and what it is";
    public const string Random = "the rounded truth holds, and four times the bound does not";

    private static readonly NormProblem s_problem = ProblemText.Parse(
        "ln fwd f32 1x3 affine=none saved=no"
    );

    private static readonly NormProblem s_saved = ProblemText.Parse("ln fwd f32 1x3 affine=none");

    public static IReadOnlyDictionary<string, Func<JudgeUnderTest, bool>> Demands { get; } =
        new Dictionary<string, Func<JudgeUnderTest, bool>>
        {
            [Bound] = judge =>
                Holds(judge, Near(1, 0.25), 1)
                && Holds(judge, Near(1, 0.25), 1.125f)
                && !Holds(judge, Near(1, 0.25), 1.2500001f)
                && !Holds(judge, Near(1, 0.25), 0.7499999f)
                && !Holds(judge, Near(1, 0.25), float.PositiveInfinity)
                && !Holds(judge, Near(1, 0.25), float.NegativeInfinity),
            [Edge] = judge =>
                Holds(judge, Near(1, 0.25), 1.25f)
                && Holds(judge, Near(1, 0.25), 0.75f)
                && Holds(judge, Near(1, 0), 1),
            [BothHalves] = judge =>
                !Holds(judge, new(Claim.Within, Halves(1, 0.5), 0.25), 1)
                && Holds(judge, new(Claim.Within, Halves(1, 0.5), 0.25), 1.5f),
            [NaNs] = judge =>
                !Holds(judge, Near(1, 0.25), float.NaN)
                && !Holds(judge, Near(0, double.MaxValue), float.NaN)
                && Holds(judge, Of(Claim.NotANumber), float.NaN)
                && !Holds(judge, Of(Claim.NotANumber), 0)
                && !Holds(judge, Of(Claim.NotANumber), float.PositiveInfinity)
                && !Holds(judge, Of(Claim.Finite), float.NaN)
                && Holds(judge, Of(Claim.Nothing), float.NaN),
            [Classes] = judge =>
                Holds(judge, Of(Claim.PositiveInfinity), float.PositiveInfinity)
                && !Holds(judge, Of(Claim.PositiveInfinity), float.NegativeInfinity)
                && !Holds(judge, Of(Claim.PositiveInfinity), float.MaxValue)
                && !Holds(judge, Of(Claim.PositiveInfinity), float.NaN)
                && Holds(judge, Of(Claim.NegativeInfinity), float.NegativeInfinity)
                && !Holds(judge, Of(Claim.NegativeInfinity), float.PositiveInfinity)
                && !Holds(judge, Of(Claim.NegativeInfinity), float.MinValue)
                && !Holds(judge, Of(Claim.NegativeInfinity), float.NaN)
                && Holds(judge, Of(Claim.NotFinite), float.NaN)
                && Holds(judge, Of(Claim.NotFinite), float.NegativeInfinity)
                && !Holds(judge, Of(Claim.NotFinite), 3)
                && Holds(judge, Of(Claim.Finite), 3)
                && !Holds(judge, Of(Claim.Finite), float.PositiveInfinity)
                && Holds(judge, Of(Claim.Nothing), float.NegativeInfinity),
            [Zero] = judge =>
                Holds(judge, Near(0, 0), -0f)
                && Holds(judge, Near(-0.0, 0), 0)
                && Holds(judge, Near(0, 1e-3), -0f),
            [Sign] = judge => !Holds(judge, Near(1, 0.25), -1) && !Holds(judge, Near(-1, 0.25), 1),
            [First] = judge => Counts(judge, 0),
            [Last] = judge => Counts(judge, 2),
            [Elementwise] = judge =>
                Counts(judge, 1)
                && !Judge(
                    judge,
                    s_problem,
                    [Near(0, 1), Near(0, 0.1), Near(0, 1)],
                    0,
                    0.5f,
                    0
                ).Holds,
            [EveryTensor] = judge =>
                Enumerable.Range(0, 3).All(wrong => CountsTensor(judge, wrong)),
            [Absent] = judge =>
            {
                var outputs = Saved(1, 2, 3);
                outputs[TensorRole.SavedMean] = null;
                return judge(s_saved, outputs, SavedTruth(), ContractLevel.AnyOrder).Holds;
            },
            [Overflow] = judge =>
                Holds(judge, Near(3.4e38, 1e37), float.PositiveInfinity)
                && !Holds(judge, Near(3.4e38, 1e37), float.NegativeInfinity)
                && !Holds(judge, Near(3.0e38, 1e37), float.PositiveInfinity)
                && Holds(judge, Near(-3.4e38, 1e37), float.NegativeInfinity)
                && !Holds(judge, Near(-3.4e38, 1e37), float.PositiveInfinity)
                // From 2¹²⁸ − 2¹⁰³ on numbers round to infinity.
                && Holds(
                    judge,
                    Near(Math.ScaleB(1, 128) - Math.ScaleB(1, 104), Math.ScaleB(1, 103)),
                    float.PositiveInfinity
                )
                && !Holds(
                    judge,
                    Near(Math.ScaleB(1, 128) - Math.ScaleB(1, 104), Math.ScaleB(1, 102)),
                    float.PositiveInfinity
                ),

            // bfloat16 has 2⁻⁸ between neighbours below 1 and 2⁻⁷ above.
            [OwnType] = judge =>
                HoldsInBrain(judge, 1 - Math.ScaleB(1, -8), Math.ScaleB(1, -9))
                && !HoldsInBrain(judge, 1 - Math.ScaleB(1, -7), 1.5 * Math.ScaleB(1, -9))
                && HoldsInBrain(judge, 1 + Math.ScaleB(1, -7), Math.ScaleB(1, -8))
                && !HoldsInBrain(judge, 1 + Math.ScaleB(1, -7), 1.5 * Math.ScaleB(1, -8)),
            [Ulps] = judge =>
                UlpsOf(judge, 1, 1 + Math.ScaleB(1, -23)) == 1
                && UlpsOf(judge, 1 - Math.ScaleB(1, -24), 1) == 1
                && UlpsOf(judge, 2, 2 + Math.ScaleB(1, -22)) == 1
                && UlpsOf(judge, 0, Math.ScaleB(3, -149)) == 3,
            [Written] = judge =>
                Enum.GetValues<Claim>().All(claim => Unwritten(judge, Of(claim)))
                && Unwritten(judge, Near(1, 1)),
            [Told] = Tells,
            [Random] = judge => RandomCases.All(@case => RoundedTruth(judge, @case)),
        };

    /// <summary>The demands that a judge violates.</summary>
    public static IReadOnlyList<string> Violations(JudgeUnderTest judge) =>
        [.. Demands.Where(demand => !demand.Value(judge)).Select(demand => demand.Key)];

    private static IEnumerable<Case> RandomCases
    {
        get
        {
            var generator = new CaseGenerator(new CaseSelection { Strides = true }, 71);
            for (var index = 0; index < 300 * Run.Depth; index++)
            {
                yield return generator[index];
            }
        }
    }

    private static Expected Near(double truth, double bound) =>
        new(Claim.Within, DoubleDouble.OfFloat(truth), bound);

    private static DoubleDouble Halves(double hi, double lo) => new(hi, lo);

    private static Expected Of(Claim claim) => new(claim, DoubleDouble.OfFloat(0), 0);

    private static bool Holds(JudgeUnderTest judge, Expected expected, float actual) =>
        Judge(judge, s_problem, [Near(1, 0), expected, Near(2, 0)], 1, actual, 2).Holds;

    private static Verdict Judge(
        JudgeUnderTest judge,
        NormProblem problem,
        Expected[] expected,
        params float[] actual
    )
    {
        var outputs = new TensorSet();
        outputs[TensorRole.Y] = new Tensor(DType.F32, new Shape(1, expected.Length));
        actual.CopyTo(outputs[TensorRole.Y]!.Span<float>());
        return judge(
            problem,
            outputs,
            new Dictionary<TensorRole, Expected[]> { [TensorRole.Y] = expected },
            ContractLevel.AnyOrder
        );
    }

    private static bool Counts(JudgeUnderTest judge, int wrong)
    {
        float[] actual = [1, 1, 1];
        actual[wrong] = 1.2f;
        return !Judge(judge, s_problem, [Near(1, 0.1), Near(1, 0.1), Near(1, 0.1)], actual).Holds;
    }

    private static TensorSet Saved(params float[] y)
    {
        var outputs = new TensorSet();
        foreach (var spec in TensorPlan.For(s_saved).Where(spec => spec.IsOutput))
        {
            outputs[spec.Role] = new Tensor(spec.DType, spec.Shape);
            outputs[spec.Role]!.Span<float>().Fill(1);
        }

        y.CopyTo(outputs.Require(TensorRole.Y).Span<float>());
        return outputs;
    }

    private static Dictionary<TensorRole, Expected[]> SavedTruth() =>
        new()
        {
            [TensorRole.Y] = [Near(1, 0.1), Near(2, 0.1), Near(3, 0.1)],
            [TensorRole.SavedMean] = [Near(1, 0.1)],
            [TensorRole.SavedInvStd] = [Near(1, 0.1)],
        };

    private static bool CountsTensor(JudgeUnderTest judge, int wrong)
    {
        var outputs = Saved(1, 2, 3);
        var right = judge(s_saved, outputs, SavedTruth(), ContractLevel.AnyOrder).Holds;
        TensorRole[] roles = [TensorRole.Y, TensorRole.SavedMean, TensorRole.SavedInvStd];
        outputs.Require(roles[wrong]).Span<float>()[0] = 9;
        var verdict = judge(s_saved, outputs, SavedTruth(), ContractLevel.AnyOrder);
        return right && !verdict.Holds && verdict.Failure!.Role == roles[wrong];
    }

    /// <summary>A bfloat16 output where f32 is planned, exact but for an error of its own.</summary>
    private static bool HoldsInBrain(JudgeUnderTest judge, double actual, double error)
    {
        var outputs = new TensorSet();
        outputs[TensorRole.Y] = new Tensor(DType.BF16, new Shape(1, 1));
        outputs[TensorRole.Y]!.Write(0, actual);
        return judge(
            s_problem,
            outputs,
            new Dictionary<TensorRole, Expected[]>
            {
                [TensorRole.Y] = [Near(actual + (actual < 1 ? -error : error), 0)],
            },
            ContractLevel.AnyOrder
        ).Holds;
    }

    private static double UlpsOf(JudgeUnderTest judge, double truth, double actual) =>
        Judge(judge, s_problem, [Near(truth, 0)], (float)actual).Tensors.Single().Ulps;

    private static bool Unwritten(JudgeUnderTest judge, Expected expected)
    {
        var outputs = new TensorSet();
        outputs[TensorRole.Y] = new Tensor(DType.F32, new Shape(1, 3));
        Poison.Fill(outputs[TensorRole.Y]!);
        outputs[TensorRole.Y]!.Span<float>()[1] = 1;
        outputs[TensorRole.Y]!.Span<float>()[2] = 2;
        var verdict = judge(
            s_problem,
            outputs,
            new Dictionary<TensorRole, Expected[]>
            {
                [TensorRole.Y] = [expected, Near(1, 0), Near(2, 0)],
            },
            ContractLevel.AnyOrder
        );
        return verdict.Failure is { Kind: FailureKind.Unwritten, Worst: 0 };
    }

    /// <summary>Two of three fail, the second by more; a class that is wrong is worse than any distance.</summary>
    private static bool Tells(JudgeUnderTest judge)
    {
        var far = Judge(judge, s_problem, [Near(1, 0.5), Near(1, 0.5), Near(1, 0.5)], 2, 5, 1);
        var masked = Judge(
            judge,
            s_problem,
            [Near(1, 0.5), Of(Claim.NotANumber), Near(1, 0.5)],
            2,
            5,
            1
        );
        var nan = Judge(
            judge,
            s_problem,
            [Near(1, 0.5), Near(1, 0.5), Near(1, 0.5)],
            2,
            1,
            float.NaN
        );
        var infinite = Judge(judge, s_problem, [Near(1, 0.5)], float.PositiveInfinity);
        var near = Judge(judge, s_problem, [Near(1, 0.5), Near(1, 1)], 1.25f, 1.25f);
        return far.Failure
                is {
                    Failures: 2,
                    Count: 3,
                    Worst: 1,
                    Kind: FailureKind.BeyondBound,
                    Actual: 5,
                    Truth: 1,
                    Bound: 0.5,
                    Ratio: 8
                }
            && masked.Failure is { Failures: 2, Worst: 1, Kind: FailureKind.Masked }
            && nan.Failure is { Failures: 2, Worst: 2, Kind: FailureKind.NotANumber }
            && infinite.Failure is { Kind: FailureKind.Infinite }
            && near.Tensors.Single() is { Failures: 0, Worst: 0, Ratio: 0.5, Actual: 1.25 }
            && near is { Holds: true, Failure: null, Ratio: 0.5 };
    }

    private static bool RoundedTruth(JudgeUnderTest judge, Case @case)
    {
        const ContractLevel level = ContractLevel.AnyOrder;
        var inputs = CaseData.Build(@case);
        var expected = Oracle.Expect(@case.Problem, inputs, level);
        if (expected.Any(pair => pair.Value.Any(each => each.Claim != Claim.Within)))
        {
            return true;
        }

        var outputs = inputs.Clone();
        foreach (var (role, row) in expected)
        {
            outputs.Require(role).CopyFrom([.. row.Select(each => each.Truth.ToFloat())]);
        }

        var right = judge(@case.Problem, outputs, expected, level).Holds;
        foreach (var (role, row) in expected)
        {
            var tensor = outputs.Require(role);
            var at = (int)(@case.Seed % (ulong)row.Length);
            var distance = tensor.Distances().ElementAt(at);
            var before = tensor.Read(distance);
            var moved = row[at].Truth.Hi + (4 * row[at].Bound);
            if (Math.Abs(moved) < StorageType.Of(tensor.DType).Largest)
            {
                tensor.Write(distance, moved);

                // Where the type has no number there, the move is rounded away.
                right &=
                    row[at].Error(tensor.Read(distance)) <= row[at].Bound
                    || !judge(@case.Problem, outputs, expected, level).Holds;
                tensor.Write(distance, before);
            }
        }

        return right;
    }
}
