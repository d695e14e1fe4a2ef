using NormCheck.Verification.Audit;

namespace NormCheck.Properties.Audit;

/// <summary>The comparators of other suites, exactly as they define them.</summary>
public class FixedToleranceTests
{
    private const double Infinite = double.PositiveInfinity;

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1.75, 1, true)]
    [InlineData(0.25, 1, true)]
    [InlineData(1.7500001, 1, false)]
    [InlineData(-1.25, -1, true)]
    [InlineData(1, -1, false)]
    [InlineData(0.25, 0, true)]
    [InlineData(0.2500001, 0, false)]
    [InlineData(-0.0, 0, true)]
    [InlineData(double.NaN, 1, false)]
    [InlineData(1, double.NaN, false)]
    [InlineData(double.NaN, double.NaN, false)]
    [InlineData(Infinite, Infinite, true)]
    [InlineData(-Infinite, Infinite, false)]
    [InlineData(1e308, Infinite, false)]
    [InlineData(Infinite, 1e308, false)]
    public void Allclose_is_absolute_plus_relative(double actual, double expected, bool accepted) =>
        Assert.Equal(accepted, Accepts(new AllClose(0.5, 0.25), actual, expected));

    /// <summary>The order of the two matters: the expected value scales the tolerance.</summary>
    [Fact]
    public void Allclose_is_not_symmetric()
    {
        Assert.True(Accepts(new AllClose(0.5, 0), 1, 2));
        Assert.False(Accepts(new AllClose(0.5, 0), 2, 1));
    }

    [Theory]
    [InlineData(double.NaN, 1, true)]
    [InlineData(Infinite, 1, false)]
    [InlineData(3, Infinite, true)]
    [InlineData(1.25, 1, true)]
    [InlineData(1.75, 1, false)]
    public void Written_the_other_way_round_a_nan_passes(
        double actual,
        double expected,
        bool accepted
    ) =>
        Assert.Equal(
            accepted,
            Accepts(new AllClose(0.25, 0.25) { Negated = true }, actual, expected)
        );

    /// <summary>‖(3, −4) − (0, 0)‖₂ = 5, √2·4 beside it.</summary>
    [Fact]
    public void Rms_range_divides_by_the_largest_of_both()
    {
        double[] actual = [3, -4];
        double[] zeros = [0, 0];
        var distance = 5 / (Math.Sqrt(2) * 4);
        Assert.True(new RmsRange(distance * (1 + 1e-12)).Accepts(actual, zeros));
        Assert.False(new RmsRange(distance * (1 - 1e-12)).Accepts(actual, zeros));
        Assert.True(new RmsRange(0).Accepts(zeros, zeros));
        Assert.False(new RmsRange(1).Accepts([double.NaN, 0], zeros));
        Assert.False(new RmsRange(1).Accepts([Infinite, 0], zeros));
    }

    /// <summary>Nothing finite is further apart than 2: a limit of 2 accepts the sign turned round.</summary>
    [Fact]
    public void Rms_range_never_exceeds_two()
    {
        var random = new NormCheck.Verification.Cases.SeededRandom(5);
        for (var run = 0; run < 200; run++)
        {
            double[] actual = [.. Enumerable.Range(0, 7).Select(_ => random.Normal())];
            double[] expected = [.. Enumerable.Range(0, 7).Select(_ => random.Normal())];
            Assert.True(new RmsRange(RmsRange.Most).Accepts(actual, expected));
        }

        Assert.True(new RmsRange(RmsRange.Most).Accepts([1, 1], [-1, -1]));
        Assert.False(new RmsRange(1.999).Accepts([1, 1], [-1, -1]));
    }

    [Theory]
    [InlineData(1.5, 1, true)]
    [InlineData(1.50001, 1, false)]
    [InlineData(1e-5, 0, true)]
    [InlineData(0.5, 1e-5, true)]
    [InlineData(0.6, 1e-5, false)]
    [InlineData(4e-5, 2e-5, false)]
    [InlineData(double.NaN, 1, false)]
    [InlineData(1, double.NaN, false)]
    [InlineData(double.NaN, 0, false)]
    public void Relative_above_a_floor_and_absolute_below(
        double actual,
        double expected,
        bool accepted
    ) => Assert.Equal(accepted, Accepts(new RelativeElseAbsolute(0.5), actual, expected));

    [Fact]
    public void A_limit_of_zero_is_exact()
    {
        Assert.True(Accepts(new RelativeElseAbsolute(0), 3, 3));
        Assert.False(Accepts(new RelativeElseAbsolute(0), Math.BitIncrement(3.0), 3));
    }

    /// <summary>1 = 101 − 100: an error of 2 is 2 % of what β cancels.</summary>
    [Fact]
    public void Where_beta_cancels_the_rest_is_compared()
    {
        Assert.False(Accepts(new RelativeElseAbsolute(0.02, [0]), 3, 1));
        Assert.True(Accepts(new RelativeElseAbsolute(0.02, [-100]), 3, 1));
        Assert.False(Accepts(new RelativeElseAbsolute(0.02, [-100]), 3.1, 1));
        Assert.False(Accepts(new RelativeElseAbsolute(0.02, [0.5]), 1.04, 1));
        Assert.False(Accepts(new RelativeElseAbsolute(0.02, [-100]), double.NaN, 1));
    }

    [Fact]
    public void One_wrong_element_is_enough()
    {
        double[] expected = [1, 2, 3];
        for (var wrong = 0; wrong < 3; wrong++)
        {
            double[] actual = [1, 2, 3];
            actual[wrong] += 1;
            Assert.False(new AllClose(1e-3, 1e-3).Accepts(actual, expected));
            Assert.False(new RelativeElseAbsolute(1e-3).Accepts(actual, expected));
        }
    }

    private static bool Accepts(FixedTolerance tolerance, double actual, double expected) =>
        tolerance.Accepts([actual], [expected]);
}
