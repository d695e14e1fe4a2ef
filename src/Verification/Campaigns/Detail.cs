using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>One line about what a call did wrong.</summary>
public static class Detail
{
    public static string Of(CaseResult result) =>
        result is { IsWrong: false, Broken: { } broken } ? broken.Detail
        : result.Verdict?.Failure is { } failure
            ? Of(failure, result.Outputs.Require(failure.Role).Shape)
        : $"{result.Outcome.Status}: {result.Outcome.Message}";

    /// <summary>y[0,3] is 17.4, truth 3, bound 4e-7: error/bound 3.6e7, 6e7 ulp; 2 of 8 elements fail.</summary>
    public static string Of(TensorVerdict verdict, Shape shape)
    {
        var index = string.Join(',', shape.IndexOf(verdict.Worst));
        var what = verdict.Kind == FailureKind.BeyondBound ? "" : $" ({verdict.Kind.Word()})";
        return $"{verdict.Role.Name()}[{index}] is {ProblemText.Number(verdict.Actual)}{what}, truth {ProblemText.Number(verdict.Truth)}, "
            + $"bound {Short(verdict.Bound)}: error/bound {Short(verdict.Ratio)}, {Short(verdict.Ulps)} ulp; "
            + $"{verdict.Failures} of {verdict.Count} elements fail";
    }

    private static string Short(double value) =>
        double.IsFinite(value)
            ? value.ToString("G3", System.Globalization.CultureInfo.InvariantCulture)
            : ProblemText.Number(value);
}
