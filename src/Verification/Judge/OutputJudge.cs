using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Judge;

/// <summary>
/// Compares outputs with what is expected. It knows neither formulas nor kernels; every comparison is written in its
/// positive form, so that NaN fails by itself.
/// </summary>
public static class OutputJudge
{
    public static Verdict Decide(
        NormProblem problem,
        TensorSet outputs,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        ContractLevel level
    )
    {
        var verdicts = new List<TensorVerdict>();
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            // An adapter may say that its system does not give a statistic; then it is absent, not wrong.
            if (outputs[spec.Role] is { } tensor)
            {
                verdicts.Add(Decide(tensor, spec, expected[spec.Role]));
            }
        }

        return new(level, verdicts);
    }

    private static TensorVerdict Decide(Tensor tensor, TensorSpec spec, Expected[] expected)
    {
        var storage = StorageType.Of(tensor.DType);
        var worst = default((FailureKind Kind, int Index, double Actual, double Ratio));
        var failures = 0L;
        var failed = false;
        var index = 0;
        foreach (var distance in tensor.Distances())
        {
            var actual = tensor.Read(distance);
            var wanted =
                tensor.DType == spec.DType ? expected[index] : Coarser(expected[index], storage);
            var unwritten =
                double.IsNaN(actual)
                && spec.Access == TensorAccess.Write
                && Poison.IsPoison(tensor, distance);
            var ratio = unwritten ? double.PositiveInfinity : Ratio(wanted, actual, storage);
            FailureKind? failure =
                ratio <= 1 ? null
                : unwritten ? FailureKind.Unwritten
                : Kind(wanted, actual);
            failures += failure is null ? 0 : 1;

            // The first failing element is worse than any that holds, a larger ratio worse than a smaller one.
            if (
                (failure is not null && !failed)
                || ((failure is not null) == failed && ratio > worst.Ratio)
            )
            {
                worst = (failure ?? FailureKind.BeyondBound, index, actual, ratio);
                failed = failure is not null;
            }

            index++;
        }

        if (expected.Length == 0)
        {
            return new(spec.Role, 0, 0, default, 0, 0, 0, 0, 0, 0);
        }

        var at =
            tensor.DType == spec.DType
                ? expected[worst.Index]
                : Coarser(expected[worst.Index], storage);
        var shown = worst.Index == 0 && !failed && worst.Ratio == 0 ? tensor.Read(0) : worst.Actual;
        return new(
            spec.Role,
            tensor.Count,
            failures,
            worst.Kind,
            worst.Index,
            shown,
            at.Truth.ToFloat(),
            at.Bound,
            worst.Ratio,
            at.Error(shown) / storage.Ulp(at.Truth.Hi)
        );
    }

    /// <summary>What is asked where the tensor has a type of its own: its rounding comes on top.</summary>
    private static Expected Coarser(Expected expected, StorageType storage) =>
        expected.Claim == Claim.Within
            ? expected with
            {
                Bound =
                    expected.Bound
                    + (storage.Ulp(Math.Abs(expected.Truth.Hi) + expected.Bound) / 2),
            }
            : expected;

    /// <summary>error/bound: at most 1 where the element holds, ∞ where a class is wrong.</summary>
    private static double Ratio(Expected expected, double actual, StorageType storage)
    {
        switch (expected.Claim)
        {
            case Claim.Nothing:
                return 0;
            case Claim.NotANumber:
                return double.IsNaN(actual) ? 0 : double.PositiveInfinity;
            case Claim.PositiveInfinity:
                return double.IsPositiveInfinity(actual) ? 0 : double.PositiveInfinity;
            case Claim.NegativeInfinity:
                return double.IsNegativeInfinity(actual) ? 0 : double.PositiveInfinity;
            case Claim.NotFinite:
                return double.IsFinite(actual) ? double.PositiveInfinity : 0;
            case Claim.Finite:
                return double.IsFinite(actual) ? 0 : double.PositiveInfinity;
            default:
                if (double.IsInfinity(actual))
                {
                    // Right where the interval reaches the numbers that round to infinity.
                    var reach = (Math.Sign(actual) * expected.Truth.Hi) + expected.Bound;
                    return reach >= storage.Overflow ? 0 : double.PositiveInfinity;
                }

                var error = expected.Error(actual);
                return error == 0 ? 0
                    : double.IsNaN(error) ? double.PositiveInfinity
                    : error / expected.Bound;
        }
    }

    private static FailureKind Kind(Expected expected, double actual) =>
        expected.Claim
            is Claim.NotANumber
                or Claim.PositiveInfinity
                or Claim.NegativeInfinity
                or Claim.NotFinite
            ? FailureKind.Masked
        : double.IsNaN(actual) ? FailureKind.NotANumber
        : double.IsInfinity(actual) ? FailureKind.Infinite
        : FailureKind.BeyondBound;
}
