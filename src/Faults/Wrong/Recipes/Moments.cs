using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>v = S/(m − 1), and S/0 for a single element.</summary>
internal class UnbiasedRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Variance(ReadOnlySpan<T> x, T mean) =>
        base.Variance(x, mean) * Count(x) / (Count(x) - T.One);
}

/// <summary>μ and v of some of the members of a group, from the first one.</summary>
internal sealed class LeadingRecipe<T>(Func<int, int> members) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x) => base.Measure(x[..members(x.Length)]);

    public override T MeanSquare(ReadOnlySpan<T> x) => base.MeanSquare(x[..members(x.Length)]);
}

/// <summary>Every sum of numbers of binary16, rounded after each addition.</summary>
internal sealed class ShortSumsRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms) => Of(terms);

    public static T Of(ReadOnlySpan<T> terms)
    {
        var sum = Half.Zero;
        foreach (var term in terms)
        {
            sum += Half.CreateTruncating(term);
        }

        return T.CreateTruncating(sum);
    }
}

/// <summary>Layer norm in the place of RMS norm: x̂ = (x − μ)/√(S/m + ε).</summary>
internal sealed class CentredRmsRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T _mean;

    public override T MeanSquare(ReadOnlySpan<T> x)
    {
        _mean = Mean(x);
        return Variance(x, _mean);
    }

    public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype) =>
        statistics with
        {
            Mean = _mean,
            Origin = _mean,
        };
}
