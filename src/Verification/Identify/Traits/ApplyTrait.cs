using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// Whether x − μ is formed first, or y = x·a + b. Whole numbers near 1000, whose sums, sums of squares, means and variances
/// are exact in binary32 in every order and by every algorithm: what is left is how x enters, as if the statistics had been
/// given. So a training call is judged like an inference with these statistics.
/// </summary>
internal sealed class ApplyTrait(NormPass pass) : Trait
{
    private const string Centre = "(x − μ)·s first";
    private const string Shift = "x·a + b";
    private const double Epsilon = 1e-3;

    /// <summary>Sums of squared deviations that 3 and 4 divide: m and m − 1.</summary>
    private static readonly (double Mean, double[] Deviations)[] s_made =
    [
        (1000, [-6, 0, 0, 6]),
        (1006, [-6, 3, -3, 6]),
        (904, [9, -3, 3, -9]),
        (1025, [0, 6, -6, 0]),
    ];

    private static readonly double[][] s_groups =
    [
        .. s_made.Select(group => group.Deviations.Select(each => group.Mean + each).ToArray()),
    ];

    private bool Inference => pass == NormPass.ForwardInference;

    public override string Id => Inference ? "apply-inference" : "apply";

    public override string Title => Inference ? "form of y in inference" : "form of y";

    public override bool Concerns(NormOp op) =>
        op != NormOp.RmsNorm && (!Inference || op == NormOp.BatchNorm);

    /// <summary>A convention is about what is computed, not in which form.</summary>
    public override string? Of(Convention convention, NormOp op) => null;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(pass, s_groups, Epsilon) is not { } exact)
        {
            return NotAsked(subject.Reason(pass));
        }

        if (Inference)
        {
            exact = Frozen(exact, Divisor.Population);
        }

        if (subject.Declines([exact]) is { } reason)
        {
            return NotAsked(reason);
        }

        var seen = subject.Observe(exact).Outputs.Require(TensorRole.Y).ToDoubles();
        double[][] y =
        [
            .. Partitions
                .Of(exact.Problem)
                .Groups.Select(group => group.Select(i => seen[i]).ToArray()),
        ];
        return Told(
            Agrees(subject, y, ContractLevel.CentreFirst) ? [Centre]
                : Agrees(subject, y, ContractLevel.AnyOrder) ? [Shift]
                : [],
            exact
        );
    }

    /// <summary>Whether an inference with the exact statistics may give these y, group by group.</summary>
    private bool Agrees(Subject subject, double[][] y, ContractLevel level)
    {
        var known = subject.Known;
        var form = new CallForm(
            NormOp.BatchNorm,
            Layout.ChannelsFirst,
            3,
            AffineParts.None,
            true,
            known with
            {
                InferenceEpsilon = Inference ? known.InferenceEpsilon : known.ForwardEpsilon,
            }
        );
        var frozen = Frozen(
            Subject.With(
                form.Problem(NormPass.ForwardInference, subject.DType, s_groups, Epsilon),
                s_groups
            ),
            Inference ? Divisor.Population : known.NormalizingDivisor
        );
        var inputs = CaseData.Build(frozen);
        var outputs = inputs.Clone();
        outputs.Require(TensorRole.Y).CopyFrom([.. y.SelectMany(group => group)]);
        var expected = Oracle.Expect(
            frozen.Problem,
            inputs,
            level.Model(subject.DType),
            ContractLevel.AnyOrder
        );
        return OutputJudge.Decide(frozen.Problem, outputs, expected, ContractLevel.AnyOrder).Holds;
    }

    private static Case Frozen(Case @case, Divisor divisor)
    {
        var variances = s_made.Select(group =>
            group.Deviations.Sum(each => each * each)
            / (group.Deviations.Length - (divisor == Divisor.Bessel ? 1 : 0))
        );
        return Subject.Given(
            Subject.Given(@case, TensorRole.RunningMean, s_made.Select(group => group.Mean)),
            TensorRole.RunningVar,
            variances
        );
    }
}
