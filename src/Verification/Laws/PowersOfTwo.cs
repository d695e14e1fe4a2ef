using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Laws;

/// <summary>
/// Factors 2^k change no rounding, in any order of summation and any algebraic form, while nothing leaves the normal
/// range. So laws about them are exact.
/// </summary>
internal static class PowersOfTwo
{
    /// <summary>Where a call may not be multiplied.</summary>
    public static LawOutcome TooWide { get; } =
        LawOutcome.Skip("not far enough from overflow and underflow");

    /// <summary>An exponent of ±1 … ±3.</summary>
    public static int Exponent(LawBench bench, ulong key)
    {
        var random = bench.Random(key);
        return (1 + random.Below(3)) * (random.Chance(0.5) ? 1 : -1);
    }

    public static Call Times(this Call call, TensorRole role, int exponent) =>
        call.Map(role, value => Math.ScaleB(value, exponent));

    /// <summary>x → 2^k·x, with all that has its unit: running and saved statistics, and ε·4^k.</summary>
    public static Call InUnits(this Call call, int exponent) =>
        call.For(call.Problem with { Epsilon = Math.ScaleB(call.Problem.Epsilon, 2 * exponent) })
            .Times(TensorRole.X, exponent)
            .Times(TensorRole.RunningMean, exponent)
            .Times(TensorRole.RunningVar, 2 * exponent)
            .Times(TensorRole.RunningStd, exponent)
            .Times(TensorRole.SavedMean, exponent)
            .Times(TensorRole.SavedInvStd, -exponent);

    /// <summary>
    /// No input that is not 0 comes near the ends of the accumulator, nor do products of several and their differences.
    /// </summary>
    public static bool IsComfortable(Call call)
    {
        var far = call.Problem.DType == DType.F64 ? 200 : 30;
        return call.IsFinite
            && TensorRoles
                .All.Where(call.Has)
                .All(role =>
                {
                    var reach = role == TensorRole.RunningVar ? 2 * far : far;
                    var (low, high) = (Math.ScaleB(1, -reach), Math.ScaleB(1, reach));
                    return call[role]
                        .All(value =>
                            value == 0 || (Math.Abs(value) >= low && Math.Abs(value) <= high)
                        );
                });
    }

    /// <summary>
    /// <see cref="Compare"/> of a call with itself in another unit. Statistics that are rounded to 16 bits may leave the
    /// normal range there, unseen.
    /// </summary>
    public static LawOutcome CompareUnits(
        LawBench bench,
        Call call,
        int exponent,
        Func<TensorRole, int> unit
    ) =>
        bench.Level == ContractLevel.StatisticsInStorage && call.Problem.DType.Size() == 2
            ? TooWide
            : Compare(
                bench,
                call,
                call.InUnits(exponent),
                role => Math.ScaleB(1, unit(role) * exponent)
            );

    /// <summary>
    /// Outputs of the second call are those of the first times factor(role), a power of two with a sign, bit for bit.
    /// Numbers below the normal range of their type, or beyond its largest, are passed over.
    /// </summary>
    public static LawOutcome Compare(
        LawBench bench,
        Call first,
        Call second,
        Func<TensorRole, double> factor
    )
    {
        if (!IsComfortable(first) || !IsComfortable(second) || !second.IsExact)
        {
            return TooWide;
        }

        if (!bench.Read(first, out var plain) || !bench.Read(second, out var other))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain.Answer.Roles.Select(role =>
            {
                var (wanted, actual) = (new List<double>(), new List<double>());
                for (var i = 0; i < plain[role].Length; i++)
                {
                    var value = plain[role][i] * factor(role);
                    if (
                        IsNormal(plain, role, plain[role][i])
                        && IsNormal(plain, role, value)
                        && IsNormal(other, role, other[role][i])
                    )
                    {
                        wanted.Add(value);
                        actual.Add(other[role][i]);
                    }
                }

                return LawBench.Same(role, wanted.ToArray(), actual.ToArray());
            })
        );
    }

    private static bool IsNormal(Reading own, TensorRole role, double value)
    {
        var type = StorageType.Of(own.Answer.TypeOf(role));
        return double.IsNaN(value)
            || (Math.Abs(value) >= type.Smallest / type.Unit && Math.Abs(value) <= type.Largest);
    }
}
