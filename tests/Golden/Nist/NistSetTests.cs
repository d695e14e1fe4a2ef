namespace NormCheck.Golden.Nist;

/// <summary>The data themselves: every certified value follows from them in exact arithmetic, digit by digit.</summary>
public class NistSetTests
{
    public static TheoryData<string> Names => [.. NistSets.All.Select(set => set.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_certified_values_follow_from_the_data(string name)
    {
        var set = NistSets.Get(name);
        var moments = ExactMoments.Of(set.Values);
        Assert.Equal(set.Mean, Written(moments.Mean, set.Mean));
        Assert.Equal(
            set.StandardDeviation,
            Written(moments.SampleVariance.Root(), set.StandardDeviation)
        );

        // r₁ = Σ(xₖ − μ)(xₖ₊₁ − μ)/Σ(x − μ)²: it knows the order, which the others do not.
        var deviations = set.Values.Select(x => x - moments.Mean).ToArray();
        var lagged = Rational.Sum(
            deviations.Zip(deviations.Skip(1)).Select(each => each.First * each.Second)
        );
        Assert.Equal(set.Autocorrelation, Written(lagged / moments.Squares, set.Autocorrelation));
    }

    /// <summary>
    /// With π's own 957th digit, 8 for the published 3, the sum is 5 larger and the certified mean 4.5348 does not come out.
    /// </summary>
    [Fact]
    public void The_published_digits_of_pi_differ_from_pi_in_one()
    {
        var pi = NistSets.Pi(5000);
        var published = NistSets.Get("PiDigits").Values;
        var at = Assert.Single(Enumerable.Range(0, 5000), k => pi[k] != published[k]);
        Assert.Equal((956, 8, 3), (at, (int)pi[at].ToDouble(), (int)published[at].ToDouble()));
        Assert.Equal("4.5358", Written(ExactMoments.Of(pi).Mean, "4.5348"));
    }

    /// <summary>The number with as many decimals as a text has, rounded half away from zero.</summary>
    private static string Written(Rational value, string like)
    {
        var point = like.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : like.Length - point - 1;
        var scaled = value.Abs() * new Rational(System.Numerics.BigInteger.Pow(10, decimals), 1);
        var whole = ((2 * scaled.Numerator) + scaled.Denominator) / (2 * scaled.Denominator);
        var digits = whole.ToString().PadLeft(decimals + 1, '0');
        var sign = value < 0 ? "-" : "";
        return decimals == 0
            ? $"{sign}{digits}"
            : $"{sign}{digits[..^decimals]}.{digits[^decimals..]}";
    }
}
