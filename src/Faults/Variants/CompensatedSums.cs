using System.Numerics;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>Sums that carry what rounding took from them.</summary>
internal static class Compensation
{
    /// <summary>a + b without error, as a rounded sum and what it misses (Knuth).</summary>
    public static (T Sum, T Missed) TwoSum<T>(T a, T b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = a + b;
        var added = sum - a;
        return (sum, (a - (sum - added)) + (b - added));
    }

    /// <summary>Σ terms as a rounded sum and the sum of all that its roundings missed.</summary>
    public static (T Sum, T Missed) Sum<T>(ReadOnlySpan<T> terms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, missed) = (T.Zero, T.Zero);
        foreach (var term in terms)
        {
            (sum, var error) = TwoSum(sum, term);
            missed += error;
        }

        // ∞ − ∞ while compensating is no reason to lose an infinite sum.
        return T.IsFinite(sum) ? (sum, missed) : (sum, T.Zero);
    }
}

/// <summary>Kahan: what the last addition missed is taken off the next term.</summary>
internal sealed class KahanRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        var (sum, excess) = (T.Zero, T.Zero);
        foreach (var term in terms)
        {
            var next = term - excess;
            var total = sum + next;
            excess = (total - sum) - next;
            sum = total;
        }

        // An infinite term leaves NaN as its own compensation.
        return T.IsFinite(sum) ? sum : base.Sum(terms);
    }
}

/// <summary>Neumaier: what the additions missed is summed beside the sum and added at the end.</summary>
internal class NeumaierRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms)
    {
        var (sum, missed) = (T.Zero, T.Zero);
        foreach (var term in terms)
        {
            var total = sum + term;
            missed += T.Abs(sum) >= T.Abs(term) ? (sum - total) + term : (term - total) + sum;
            sum = total;
        }

        return T.IsFinite(sum) ? sum + missed : sum;
    }
}

/// <summary>Binary32 arithmetic with every sum in binary64.</summary>
internal sealed class DoubleSumsRecipe : Recipe<float>
{
    public override float Sum(ReadOnlySpan<float> terms)
    {
        double sum = 0;
        foreach (var term in terms)
        {
            sum += term;
        }

        return (float)sum;
    }

    public override float SumOfProducts(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return (float)sum;
    }
}

/// <summary>The mean as an unevaluated sum of two numbers, both subtracted from x in turn.</summary>
internal sealed class TwoFloatMeanRecipe<T> : NeumaierRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var (sum, missed) = Compensation.Sum(x);
        var high = (sum + missed) / Count(x);

        // What the division left, without error, and what the sum missed.
        var (rounded, lost) = Compensation.TwoSum(sum, missed);
        var low = (T.FusedMultiplyAdd(-high, Count(x), rounded) + lost) / Count(x);
        return Deviations.Moments(this, x, high, low);
    }

    public override T Deviation(T x, in GroupStatistics<T> statistics) =>
        x - statistics.Origin - statistics.Offset;
}
