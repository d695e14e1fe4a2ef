using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

internal static class ExpectedValues
{
    /// <summary>The number that would be right; where a class is asked, one of the class.</summary>
    public static double Wanted(this Expected expected) =>
        expected.Claim switch
        {
            Claim.NotANumber => double.NaN,
            Claim.PositiveInfinity => double.PositiveInfinity,
            Claim.NegativeInfinity => double.NegativeInfinity,
            _ => expected.Truth.ToFloat(),
        };
}
