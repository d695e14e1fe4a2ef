using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Golden;

/// <summary>Comparison with numbers that were worked out by hand and written with so many significant digits.</summary>
internal static class Digits
{
    /// <summary>Equal when both are rounded to that many significant digits.</summary>
    public static void Same(double expected, double actual, int digits) =>
        Assert.True(
            Written(expected, digits) == Written(actual, digits),
            $"expected {Written(expected, digits)}, got {ProblemText.Number(actual)}"
        );

    /// <summary>Equal up to the rounding of a handful of binary64 operations: 8 ulp of the larger one.</summary>
    public static void Exact(double expected, double actual)
    {
        var gap = Math.Abs(expected - actual);
        var ulp = StorageType.Of(DType.F64).Ulp(Math.Max(Math.Abs(expected), 1));
        Assert.True(
            gap <= 8 * ulp,
            $"expected {ProblemText.Number(expected)}, got {ProblemText.Number(actual)}"
        );
    }

    public static void Exact(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Exact(expected[i], actual[i]);
        }
    }

    private static string Written(double value, int digits) =>
        value.ToString($"E{digits - 1}", System.Globalization.CultureInfo.InvariantCulture);
}
