using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Reference;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Causes;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>The bound holds every correct kernel, is tight, and rests on a truth that is finer than it.</summary>
public class BoundProperties
{
    private static Subject[] Subjects =>
        [
            .. VariantCatalogue.All.Select(variant => new Subject(
                variant.Id,
                ContractLevels.Parse(variant.Contract),
                variant.Start
            )),
        ];

    /// <summary>The long run is `./normcheck selftest --cases 40000`.</summary>
    [Fact]
    public void No_correct_variant_is_rejected()
    {
        Assert.True(Subjects.Length >= 25);
        var run = new FalseAlarms(Subjects, new CaseSelection { Strides = true }, 20);
        run.Run(1500 * Run.Depth, Environment.ProcessorCount);
        Assert.Empty(run.Alarms.Select(alarm => $"{alarm.Subject}: {alarm.Case}: {alarm.Detail}"));
        Assert.Equal(Subjects.Length * NormOps.All.Count, run.Nearest.Count);
        Assert.All(run.Nearest, each => Assert.InRange(each.WorstRatio, 0, 1));
    }

    /// <summary>A bound that no correct kernel comes near would let wrong ones through.</summary>
    [Theory]
    [InlineData(NormOp.BatchNorm)]
    [InlineData(NormOp.BatchRenorm)]
    [InlineData(NormOp.LayerNorm)]
    [InlineData(NormOp.InstanceNorm)]
    [InlineData(NormOp.GroupNorm)]
    [InlineData(NormOp.RmsNorm)]
    public void A_climbing_search_comes_near_the_bound(NormOp op)
    {
        using var backend = VariantCatalogue.Get("sequential").Start();
        var selection = new CaseSelection { Ops = [op], DTypes = [DType.F32] };
        var result = new Climb(
            @case => CaseRunner.Run(backend, @case, ContractLevel.CentreFirst).Verdict!.Ratio,
            selection,
            3
        ).Run(1500);
        Assert.InRange(result.Ratio, Nearness.Tight, 1);
    }

    /// <summary>
    /// Why the oracle need not check double-double for f32, f16 and bf16 data: its own error is 2¹⁶ times smaller than the
    /// bound, on every element where there is a claim, under every contract that is a rounding model.
    /// </summary>
    [Fact]
    public void Double_double_is_finer_than_every_bound_on_narrow_data() =>
        Run.ForCases(
            600,
            new CaseSelection { DTypes = [DType.F32, DType.F16, DType.BF16], Strides = true },
            @case =>
            {
                var inputs = CaseData.Build(@case);
                var own = NormCheck.Reference.Reference.Bounded(
                    RoundingModel.DoubleDouble,
                    @case.Problem,
                    inputs
                );
                foreach (
                    var level in ContractLevels.All.Where(each => each < ContractLevel.Faithful)
                )
                {
                    foreach (var (role, row) in Oracle.Expect(@case.Problem, inputs, level))
                    {
                        for (var i = 0; i < row.Length; i++)
                        {
                            Assert.True(
                                row[i].Claim != Claim.Within
                                    || own[role][i].Error <= Math.ScaleB(row[i].Bound, -16),
                                $"{@case.Text}: {role.Name()}[{i}] own error {own[role][i].Error}, bound {row[i].Bound}"
                            );
                        }
                    }
                }
            }
        );

    /// <summary>f64 data: wherever double-double is not 2¹⁶ times finer, the truth in use is the 320-bit one.</summary>
    [Fact]
    public void The_truth_of_f64_is_finer_than_every_bound() =>
        Run.ForCases(
            300,
            new CaseSelection { DTypes = [DType.F64], Strides = true },
            @case => AssertFine(@case)
        );

    /// <summary>Squares of 1e-160 are below double-double's range but not below binary64's: here the truth must change.</summary>
    [Fact]
    public void The_oracle_moves_to_320_bits_where_double_double_is_too_coarse()
    {
        var @case = Case.Parse("ln fwd f64 3x5 eps=1e-319 affine=none data=scaled:1e-158 seed=4");
        Assert.True(AssertFine(@case) > 0);
        Assert.Equal(
            0,
            AssertFine(Case.Parse("ln fwd f64 3x5 affine=none data=offset:10000 seed=4"))
        );
    }

    /// <summary>Checks the truth in use against 320 bits; gives the number of elements that double-double got wrong.</summary>
    private static int AssertFine(Case @case)
    {
        var inputs = CaseData.Build(@case);
        var fine = NormCheck.Reference.Reference.BigFloat(@case.Problem, inputs);
        var plain = NormCheck.Reference.Reference.DoubleDouble(@case.Problem, inputs);
        var different = 0;
        foreach (var (role, row) in Oracle.Expect(@case.Problem, inputs, ContractLevel.AnyOrder))
        {
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i].Claim != Claim.Within)
                {
                    continue;
                }

                double Gap(DoubleDouble value) =>
                    Math.Abs((BigFloat.OfDoubleDouble(value) - fine[role][i]).ToFloat());
                var limit = Math.ScaleB(row[i].Bound, -16);
                Assert.True(Gap(row[i].Truth) <= limit, $"{@case.Text}: {role.Name()}[{i}]");
                different += Gap(plain[role][i]) > limit ? 1 : 0;
            }
        }

        return different;
    }

    /// <summary>The ladder: what a stronger contract allows, a weaker one allows too.</summary>
    [Fact]
    public void A_stronger_contract_allows_less() =>
        Run.ForCases(
            400,
            new CaseSelection { Strides = true },
            @case =>
            {
                var inputs = CaseData.Build(@case);
                var ladder = ContractLevels
                    .All.Where(each => each < ContractLevel.Faithful)
                    .ToArray();
                var bounds = ladder
                    .Select(level => Oracle.Expect(@case.Problem, inputs, level))
                    .ToArray();
                for (var k = 1; k < ladder.Length; k++)
                {
                    foreach (var (role, row) in bounds[k])
                    {
                        for (var i = 0; i < row.Length; i++)
                        {
                            var weaker = bounds[k - 1][role][i];
                            if (weaker.Claim == Claim.Within && row[i].Claim == Claim.Within)
                            {
                                // One ulp of slack for the binade in which the result is rounded.
                                Assert.True(
                                    row[i].Bound <= weaker.Bound * Bounded.Slack,
                                    $"{@case.Text}: {role.Name()}[{i}] {ladder[k]} {row[i].Bound} > {ladder[k - 1]} {weaker.Bound}"
                                );
                            }
                        }
                    }
                }
            }
        );

    /// <summary>A channel of one element stores 0·1/max(0, 1): the running variance keeps its share, and that is claimed.</summary>
    [Theory]
    [InlineData("f32")]
    [InlineData("f64")]
    public void A_single_element_stores_no_variance(string dtype)
    {
        var @case = Case.Parse(
            $"bn train {dtype} nc 1x2 eps=1e-5 momentum=0.25 affine=none saved=no x=[3,4] running_mean=[0,0] running_var=[1,2]"
        );
        var expected = Oracle.Expect(@case.Problem, CaseData.Build(@case), ContractLevel.AnyOrder)[
            TensorRole.RunningVar
        ];
        Assert.All(expected, each => Assert.Equal(Claim.Within, each.Claim));
        Assert.Equal([0.75, 1.5], expected.Select(each => each.Truth.ToFloat()));
    }

    /// <summary>One pass is rejected wherever κ² outgrows m·κ, whatever the data type.</summary>
    [Theory]
    [InlineData("ln fwd f32 4x16 eps=1e-5 data=offset:10000 seed=3")]
    [InlineData("gn fwd f64 nchw 2x4x2x2 groups=2 eps=1e-5 data=offset:100000000 seed=3")]
    [InlineData("bn train f16 nchw 4x3x2x2 eps=1e-5 data=offset:1000 seed=3")]
    [InlineData("in bwd f32 nchw 2x3x4x4 eps=1e-5 data=offset:10000 seed=3")]
    public void One_pass_variances_are_beyond_the_bound(string text)
    {
        var @case = Case.Parse(text);
        var inputs = CaseData.Build(@case);
        var outputs = inputs.Clone();
        OnePassKernel.Run(@case.Problem, outputs);
        var verdict = OutputJudge.Decide(
            @case.Problem,
            outputs,
            Oracle.Expect(@case.Problem, inputs, ContractLevel.AnyOrder),
            ContractLevel.AnyOrder
        );
        Assert.False(verdict.Holds);
        Assert.Equal(
            "one-pass-variance",
            Diagnosis
                .Explain(
                    new(@case.Problem, inputs, outputs, ContractLevel.AnyOrder),
                    new OnePassKernel()
                )
                .Id
        );
    }
}
