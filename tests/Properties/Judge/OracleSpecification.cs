using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>Where inputs and expectations come from. The outputs are there for oracles that should not look at them.</summary>
internal sealed record OracleUnderTest
{
    public Func<Case, TensorSet> Build { get; init; } = CaseData.Build;

    public Func<
        NormProblem,
        TensorSet,
        TensorSet,
        ContractLevel,
        IReadOnlyDictionary<TensorRole, Expected[]>
    > Expect { get; init; } = (problem, inputs, _, level) => Oracle.Expect(problem, inputs, level);
}

/// <summary>What any oracle must do.</summary>
internal static class OracleSpecification
{
    public const string Correct = "correct kernels hold, on every seed, with and without an offset";
    public const string OwnStatistics =
        "y made from wrong statistics is wrong, also where they are saved";
    public const string Fine = "the truth is 2^16 times finer than the bound";
    public const string Epsilon = "a kernel without epsilon fails where the variance is small";
    public const string Seeds = "every seed has data of its own";
    public const string Single = "a group of one element has a claim: y is beta";
    public const string Tight = "the bound is no looser than n roundings of the largest term";

    private const ContractLevel Level = ContractLevel.AnyOrder;

    private static readonly string[] s_cases =
    [
        "ln fwd f32 4x16",
        "ln fwd f32 4x16 data=offset:10000",
        "ln fwd f32 4x16 data=variance:1e-8",
        "bn train f32 nchw 3x4x5x2 data=uniform",
        "gn bwd f32 nchw 2x4x3x3 groups=2",
    ];

    public static IReadOnlyDictionary<string, Func<OracleUnderTest, bool>> Demands { get; } =
        new Dictionary<string, Func<OracleUnderTest, bool>>
        {
            [Correct] = oracle => Cases().All(@case => Verdict(oracle, @case, _ => { }).Holds),
            [OwnStatistics] = oracle =>
                !Verdict(oracle, Case.Parse("ln fwd f32 4x16 seed=3"), ShiftStatistics)
                    .Tensors.Single(tensor => tensor.Role == TensorRole.Y)
                    .Holds,
            [Fine] = oracle => Cases().All(@case => IsFine(oracle, @case)),
            [Epsilon] = oracle =>
                !Verdict(
                    oracle,
                    Case.Parse("ln fwd f32 4x16 data=variance:1e-8 seed=3"),
                    run: problem => problem with { Epsilon = 0 }
                ).Holds,
            [Seeds] = oracle =>
                s_cases
                    .Select(text =>
                        (One: Case.Parse($"{text} seed=1"), Two: Case.Parse($"{text} seed=2"))
                    )
                    .All(pair =>
                        !oracle
                            .Build(pair.One)
                            .Require(TensorRole.X)
                            .ToDoubles()
                            .SequenceEqual(oracle.Build(pair.Two).Require(TensorRole.X).ToDoubles())
                    ),
            [Single] = oracle =>
                !Verdict(
                    oracle,
                    Case.Parse("ln fwd f32 3x1 seed=3"),
                    outputs => Change(outputs, value => value + 1)
                ).Holds,
            [Tight] = oracle =>
                !Verdict(
                    oracle,
                    Case.Parse("ln fwd f32 4x16 affine=none seed=3"),
                    outputs => Change(outputs, value => value * (1 + 1e-4))
                ).Holds,
        };

    /// <summary>The demands that an oracle violates.</summary>
    public static IReadOnlyList<string> Violations(OracleUnderTest oracle) =>
        [.. Demands.Where(demand => !demand.Value(oracle)).Select(demand => demand.Key)];

    private static IEnumerable<Case> Cases() =>
        s_cases.SelectMany(text =>
            Enumerable.Range(1, 4).Select(seed => Case.Parse($"{text} seed={seed}"))
        );

    /// <summary>
    /// Runs the most exact variant on the case's own data, changes what it wrote, and judges that by the oracle's data and
    /// expectations.
    /// </summary>
    private static Verdict Verdict(
        OracleUnderTest oracle,
        Case @case,
        Action<TensorSet>? change = null,
        Func<NormProblem, NormProblem>? run = null
    )
    {
        var problem = @case.Problem;
        var inputs = CaseData.Build(@case);
        var outputs = inputs.Clone();
        using var kernel = VariantCatalogue.Get("double-throughout").Start();
        kernel.Run(run is null ? problem : run(problem), outputs);
        change?.Invoke(outputs);
        var expected = oracle.Expect(problem, oracle.Build(@case), outputs, Level);
        return OutputJudge.Decide(problem, outputs, expected, Level);
    }

    private static void Change(TensorSet outputs, Func<double, double> change)
    {
        var y = outputs.Require(TensorRole.Y);
        y.CopyFrom([.. y.ToDoubles().Select(change)]);
    }

    /// <summary>A mean that is off by 1/8, in y and in what is saved: consistent, and wrong.</summary>
    private static void ShiftStatistics(TensorSet outputs)
    {
        const double shift = 0.125;
        var mean = outputs.Require(TensorRole.SavedMean);
        mean.CopyFrom([.. mean.ToDoubles().Select(value => value + shift)]);
        var inverse = outputs.Require(TensorRole.SavedInvStd).ToDoubles();
        var gamma = outputs.Require(TensorRole.Gamma).ToDoubles();
        var y = outputs.Require(TensorRole.Y);
        y.CopyFrom([
            .. y.ToDoubles()
                .Select(
                    (value, i) =>
                        value - (gamma[i % gamma.Length] * shift * inverse[i / gamma.Length])
                ),
        ]);
    }

    private static bool IsFine(OracleUnderTest oracle, Case @case)
    {
        var inputs = oracle.Build(@case);
        var fine = NormCheck.Reference.Reference.BigFloat(@case.Problem, inputs);
        var expected = oracle.Expect(@case.Problem, inputs, inputs, Level);
        return expected.All(pair =>
            pair.Value.Zip(fine[pair.Key])
                .All(each =>
                    each.First.Claim != Claim.Within
                    || Math.Abs((BigFloat.OfDoubleDouble(each.First.Truth) - each.Second).ToFloat())
                        <= Math.ScaleB(each.First.Bound, -16)
                )
        );
    }
}
