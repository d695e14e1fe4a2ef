using System.Numerics;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>Every sum without the terms after the last full vector; divisors are right.</summary>
internal sealed class DroppedTailRecipe<T>(int width) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Sum(ReadOnlySpan<T> terms) =>
        base.Sum(terms[..(terms.Length - (terms.Length % width))]);
}

/// <summary>Where lanes that are there only to fill the last vector are taken for members of the group.</summary>
[Flags]
internal enum Padding
{
    None = 0,

    /// <summary>μ = Σx/p with p the padded count.</summary>
    MeanDivisor = 1,

    /// <summary>v = S/p.</summary>
    VarianceDivisor = 2,

    /// <summary>S counts (0 − μ)² for every padding lane.</summary>
    Deviations = 4,

    All = MeanDivisor | VarianceDivisor | Deviations,
}

/// <summary>Rows padded with zeros to whole vectors, and the zeros taken for members in some steps.</summary>
internal sealed class PaddedRecipe<T>(int width, Padding padding) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Mean(ReadOnlySpan<T> x) => Sum(x) / Divisor(x.Length, Padding.MeanDivisor);

    public override T Variance(ReadOnlySpan<T> x, T mean)
    {
        var squares = base.Variance(x, mean) * Count(x);
        if (padding.HasFlag(Padding.Deviations))
        {
            squares += T.CreateChecked(Padded(x.Length) - x.Length) * mean * mean;
        }

        return squares / Divisor(x.Length, Padding.VarianceDivisor);
    }

    public override T MeanSquare(ReadOnlySpan<T> x) =>
        SumOfProducts(x, x) / Divisor(x.Length, Padding.VarianceDivisor);

    private T Divisor(int count, Padding step) =>
        T.CreateChecked(padding.HasFlag(step) ? Padded(count) : count);

    private int Padded(int count) => (count + width - 1) / width * width;
}

/// <summary>y of the members after the last full vector is x·γ/σ + β: nobody takes the mean away.</summary>
internal sealed class UncentredTailRecipe<T>(int width) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T ApplyAt(
        int k,
        int count,
        T x,
        in GroupStatistics<T> statistics,
        T gamma,
        T beta
    ) =>
        k < count - (count % width)
            ? Apply(x, statistics, gamma, beta)
            : (gamma * (x * statistics.InverseStd)) + beta;
}

/// <summary>Only the first members of a group are written.</summary>
internal sealed class WrittenRecipe<T>(Func<int, int> members) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int Written(int count) => members(count);
}

/// <summary>Only the first groups are computed.</summary>
internal sealed class ReachRecipe<T>(Func<int, int> groups) : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int Reach(int count) => groups(count);
}
