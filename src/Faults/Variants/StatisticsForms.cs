using System.Buffers;
using System.Numerics;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>Variances around a mean that is kept in two parts.</summary>
internal static class Deviations
{
    /// <summary>Σ((x − origin) − offset)²/m with the recipe's sum.</summary>
    public static Moments<T> Moments<T>(Recipe<T> recipe, ReadOnlySpan<T> x, T origin, T offset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rented = ArrayPool<T>.Shared.Rent(x.Length);
        var deviations = rented.AsSpan(0, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            deviations[i] = x[i] - origin - offset;
        }

        var squares = recipe.SumOfProducts(deviations, deviations);
        ArrayPool<T>.Shared.Return(rented);
        return new(origin, offset, squares / T.CreateChecked(x.Length));
    }
}

/// <summary>Welford: mean and sum of squares brought up to date with every element.</summary>
internal class WelfordRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var (mean, squares) = Update(x);
        return new(mean, T.Zero, squares / Count(x));
    }

    protected static (T Mean, T Squares) Update(ReadOnlySpan<T> x)
    {
        var (mean, squares, count) = (T.Zero, T.Zero, T.Zero);
        foreach (var value in x)
        {
            count += T.One;
            var before = value - mean;
            mean += before / count;
            squares += before * (value - mean);
        }

        return (mean, squares);
    }
}

/// <summary>Welford over blocks of 16, merged by the formula of Chan, Golub and LeVeque.</summary>
internal sealed class ChanRecipe<T> : WelfordRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 16;

    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var (mean, squares) = Update(x[..Math.Min(Block, x.Length)]);
        for (var done = Block; done < x.Length; done += Block)
        {
            var block = x.Slice(done, Math.Min(Block, x.Length - done));
            var (blockMean, blockSquares) = Update(block);
            var before = T.CreateChecked(done);
            var share = Count(block) / (before + Count(block));
            var distance = blockMean - mean;
            mean += distance * share;

            // before·share ≤ 16 first: distance² alone may overflow where the whole does not.
            squares += blockSquares + (distance * (distance * (before * share)));
        }

        return new(mean, T.Zero, squares / Count(x));
    }
}

/// <summary>
/// Both passes corrected by the sum of the deviations, which is 0 but for rounding: μ += Σd/m, S −= (Σd)²/m.
/// </summary>
internal sealed class CorrectedTwoPassRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var mean = Mean(x);
        mean += DeviationSum(x, mean) / Count(x);
        var squares = Deviations.Moments(this, x, mean, T.Zero).Variance * Count(x);
        var left = DeviationSum(x, mean);

        // Never negative in exact arithmetic; T.Max hands a NaN on.
        var corrected = T.Max(squares - (left * left / Count(x)), T.Zero);
        return new(mean, T.Zero, corrected / Count(x));
    }

    private T DeviationSum(ReadOnlySpan<T> x, T mean)
    {
        var rented = ArrayPool<T>.Shared.Rent(x.Length);
        var deviations = rented.AsSpan(0, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            deviations[i] = x[i] - mean;
        }

        var sum = Sum(deviations);
        ArrayPool<T>.Shared.Return(rented);
        return sum;
    }
}

/// <summary>
/// Two passes over x − c with c the element of least magnitude. c must not be just any element: with an outlier for c
/// every difference rounds like the outlier, which no contract allows. |c| ≤ |x| keeps |x − c| ≤ 2|x|.
/// </summary>
internal sealed class ShiftedRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var least = x[0];
        foreach (var value in x)
        {
            least = T.Abs(value) < T.Abs(least) ? value : least;
        }

        var rented = ArrayPool<T>.Shared.Rent(x.Length);
        var differences = rented.AsSpan(0, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            differences[i] = x[i] - least;
        }

        var offset = Mean(differences);
        ArrayPool<T>.Shared.Return(rented);
        return Deviations.Moments(this, x, least, offset);
    }

    public override T Deviation(T x, in GroupStatistics<T> statistics) =>
        x - statistics.Origin - statistics.Offset;
}

/// <summary>μ = Σ(x/m).</summary>
internal sealed class MeanOfScaledRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Mean(ReadOnlySpan<T> x)
    {
        var rented = ArrayPool<T>.Shared.Rent(x.Length);
        var scaled = rented.AsSpan(0, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            scaled[i] = x[i] / Count(x);
        }

        var mean = Sum(scaled);
        ArrayPool<T>.Shared.Return(rented);
        return mean;
    }
}

/// <summary>μ and 1/σ rounded to the type of the data.</summary>
internal sealed class StoredStatisticsRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype)
    {
        var mean = Rounded(statistics.Mean, dtype);
        var inverseStd = Rounded(statistics.InverseStd, dtype);
        return statistics with
        {
            Mean = mean,
            Origin = mean,
            InverseStd = inverseStd,
            Std = T.One / inverseStd,
        };
    }

    private static T Rounded(T value, DType dtype)
    {
        // Outside its normal range the type holds a number with fewer bits, or not at all; there it is not used.
        var magnitude = T.Abs(value);
        return dtype switch
        {
            DType.F16 when Between(-14, 15) => T.CreateChecked(Half.CreateChecked(value)),
            DType.BF16 when Between(-126, 127) => T.CreateChecked(
                BFloat16.ToSingle(BFloat16.FromDouble(double.CreateChecked(value)))
            ),
            _ => value,
        };

        bool Between(int least, int greatest) =>
            magnitude >= T.CreateChecked(Math.ScaleB(1, least))
            && magnitude <= T.CreateChecked(Math.ScaleB(1, greatest));
    }
}
