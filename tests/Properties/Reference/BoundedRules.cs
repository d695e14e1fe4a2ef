using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Reference;

/// <summary>
/// The rules of docs/bounds.md, one by one, where no correct kernel of ours comes near enough to notice that one is
/// missing. Mutants of the page found each of these unguarded or guarded by accident only.
/// </summary>
public class BoundedRules
{
    private static readonly RoundingModel s_centred = ContractLevel.CentreFirst.Model(DType.F32);
    private static readonly RoundingModel s_any = ContractLevel.AnyOrder.Model(DType.F32);
    private static readonly double s_unit = Math.ScaleB(1, -24);
    private static readonly double s_smallest = Math.ScaleB(1, -149);

    private static Bounded Exact(double value) => Bounded.Input(s_centred, value);

    private static Bounded Wide(double value, double below, double above) =>
        new(DoubleDouble.OfFloat(value), below, above, s_centred);

    [Fact]
    public void B1_inputs_enter_with_four_units_under_any_order_only()
    {
        Assert.Equal((4 * s_unit * 3) + s_smallest, Bounded.Input(s_any, -3).Error);
        Assert.Equal(0, Bounded.Input(s_any, 0).Error);
        Assert.Equal(0, Exact(3).Error);
    }

    [Fact]
    public void B3_a_parameter_that_is_no_binary32_enters_rounded_and_stays_positive()
    {
        Assert.Equal((s_unit * 1e-5) + s_smallest, Bounded.Parameter(s_centred, 1e-5).Above);
        Assert.Equal(0, Bounded.Parameter(s_centred, 0.25).Error);
        Assert.Equal(0, Bounded.Parameter(s_centred, 1e-60).Low);
        Assert.True(Bounded.Parameter(s_centred, 1e-60).Above >= s_smallest);
    }

    /// <summary>[−1, 3]·[−2, 5] reaches from −6 to 15 at its corners: each of the four is needed for one sign.</summary>
    [Theory]
    [InlineData(1, 1, -6, 15)]
    [InlineData(-1, 1, -15, 6)]
    [InlineData(1, -1, -15, 6)]
    [InlineData(-1, -1, -6, 15)]
    public void B4_products_are_taken_at_all_corners(int left, int right, double low, double high)
    {
        var a = Wide(1, 2, 2);
        var b = Wide(1, 3, 4);
        var product = (left < 0 ? -a : a) * (right < 0 ? -b : b);
        Assert.InRange(product.Low, low - (2 * s_unit * 15), low);
        Assert.InRange(product.High, high, high + (2 * s_unit * 15));
    }

    [Fact]
    public void B5_a_quotient_and_a_root_lose_four_units()
    {
        Assert.True((Exact(1) / Exact(3)).Error >= 4 * s_unit / 3);
        Assert.True(Bounded.Sqrt(Exact(2)).Error >= 4 * s_unit * Math.Sqrt(2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void B6_sums_round_to_either_side(int sign)
    {
        var sum = Bounded.Sum([.. Enumerable.Range(1, 5).Select(k => Exact(sign * k))]);
        Assert.InRange(sum.Below, 4 * s_unit * 15, 4 * s_unit * 15 * 1.001);
        Assert.InRange(sum.Above, 4 * s_unit * 15, 4 * s_unit * 15 * 1.001);
    }

    [Fact]
    public void B7_divided_sums_lose_the_smallest_number_m_times_a_step()
    {
        var sum = Bounded.Sum([Exact(1e-44), Exact(1e-44), Exact(1e-44)]);
        Assert.True(sum.Error >= 2 * 3 * s_smallest);
        Assert.Equal(0, Bounded.Sum([Exact(0), Exact(0)]).Error);
    }

    [Fact]
    public void B8_products_squares_and_quotients_underflow()
    {
        Assert.True((Exact(1e-30) * Exact(1e-30)).Error >= s_smallest);
        Assert.True(Bounded.Square(Exact(1e-30)).Above >= s_smallest);
        Assert.True((Exact(1e-30) / Exact(1e30)).Error >= s_smallest);
    }

    [Fact]
    public void B9_either_form_is_held_on_both_sides()
    {
        var first = Wide(1, 0.5, 0.25);
        var second = Wide(2, 4, 3);
        Assert.Equal((-2, 5), Ends(Bounded.Either(first, second)));
        Assert.Equal((-2, 5), Ends(Bounded.Either(second, first)));
        var unknown = Wide(1, double.PositiveInfinity, 0);
        Assert.Equal(double.PositiveInfinity, Bounded.Either(first, unknown).Below);
        Assert.Equal(double.PositiveInfinity, Bounded.Either(unknown, first).Below);
    }

    /// <summary>1/σ³ is beyond binary32 for σ = 1e-14, 1/σ is not.</summary>
    [Theory]
    [InlineData("ln bwd f32 1x4 eps=1e-30 data=scaled:1e-14 seed=1", Claim.Nothing)]
    [InlineData("ln bwd f32 1x4 eps=1e-30 data=scaled:1e-9 seed=1", Claim.Within)]
    public void B9_the_cube_may_overflow(string text, Claim claim) =>
        Assert.All(
            Expect(text, ContractLevel.CentreFirst)[TensorRole.Dx],
            each => Assert.Equal(claim, each.Claim)
        );

    [Fact]
    public void B10_squares_and_roots_end_at_zero()
    {
        Assert.Equal((0, 9), Rounded(Bounded.Square(Wide(1, 3, 2))));
        Assert.Equal((0, 9), Rounded(Bounded.Square(Wide(-1, 2, 3))));
        Assert.Equal((0, 2), Rounded(Bounded.Sqrt(Wide(1, 5, 3))));
        Assert.Equal((0.5, 2), Rounded(Bounded.Sqrt(Wide(1, 0.75, 3))));
    }

    [Fact]
    public void B11_a_divisor_that_touches_zero_gives_no_claim()
    {
        Assert.False((Exact(1) / Wide(1, 1, 0)).IsKnown);
        Assert.False((Exact(1) / Wide(-1, 0, 1)).IsKnown);
        Assert.True((Exact(1) / Wide(1, 0.5, 5)).IsKnown);
        Assert.True((Exact(1) / Wide(-1, 5, 0.5)).IsKnown);
    }

    [Fact]
    public void B12_overflow_gives_no_claim_in_a_partial_sum_either()
    {
        Assert.False(Bounded.Sum([Exact(3e38), Exact(-3e38), Exact(1)]).IsKnown);
        Assert.True(Bounded.Sum([Exact(1e38), Exact(-1e38), Exact(1)]).IsKnown);
        Assert.False((Exact(1e20) * Exact(-1e20)).IsKnown);
    }

    [Fact]
    public void B14_statistics_are_rounded_under_stats_in_storage_alone()
    {
        const string text = "ln fwd f16 2x5 data=uniform seed=1";
        var stored = Expect(text, ContractLevel.StatisticsInStorage);
        var any = Expect(text, ContractLevel.AnyOrder);
        foreach (var role in new[] { TensorRole.SavedMean, TensorRole.SavedInvStd })
        {
            for (var i = 0; i < 2; i++)
            {
                var truth = Math.Abs(stored[role][i].Truth.Hi);
                Assert.True(stored[role][i].Bound >= Math.ScaleB(truth, -12));
                Assert.True(any[role][i].Bound < Math.ScaleB(truth, -15));
            }
        }
    }

    [Fact]
    public void B15_onnx_rounds_before_the_affine_step()
    {
        const string text = "ln fwd f16 2x5 data=uniform seed=1";
        var plain = Expect(text, ContractLevel.CentreFirst)[TensorRole.Y];
        var cast = Expect($"{text} convention=onnx", ContractLevel.CentreFirst)[TensorRole.Y];
        Assert.Contains(plain.Zip(cast), each => each.Second.Bound > each.First.Bound * 1.25);
        Assert.All(plain.Zip(cast), each => Assert.True(each.Second.Bound >= each.First.Bound));
    }

    /// <summary>Σx² overflows, Σ(x − μ)² does not: contracts that allow every form claim nothing.</summary>
    [Theory]
    [InlineData(ContractLevel.AnyOrder, Claim.Nothing)]
    [InlineData(ContractLevel.CentreFirst, Claim.Within)]
    public void B21_forms_that_square_x_may_overflow(ContractLevel level, Claim claim) =>
        Assert.All(
            Expect("ln fwd f32 1x4 affine=none saved=no x=[1.5e19,1.6e19,1.55e19,1.6e19]", level)[
                TensorRole.Y
            ],
            each => Assert.Equal(claim, each.Claim)
        );

    private static IReadOnlyDictionary<TensorRole, Expected[]> Expect(
        string text,
        ContractLevel level
    )
    {
        var @case = Case.Parse(text);
        return Oracle.Expect(@case.Problem, CaseData.Build(@case), level);
    }

    private static (double Low, double High) Ends(Bounded value) => (value.Low, value.High);

    /// <summary>The ends to five digits: what one operation rounds is not asked here.</summary>
    private static (double Low, double High) Rounded(Bounded value) =>
        (Math.Round(value.Low, 5), Math.Round(value.High, 5));
}
