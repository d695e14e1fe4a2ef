using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Sums for a gradient that plain binary64 does not hold. Where Σg or Σg·x̂ cancel, dx of an element whose own g is as small as
/// what is left would be all rounding. Such a group is added up again with twice the digits, and if even that does not do, without
/// any rounding. Other groups keep their sums: what is done again is up to a group's own numbers.
/// </summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>
{
    private readonly double _count = problem.GroupSize;
    private readonly double _rootOfCount = Math.Sqrt(problem.GroupSize);
    private double _roundings;
    private double _spread;
    private double _sureSquare;

    /// <summary>Says how many additions the sums for a gradient take one after the other, see <see cref="GradientExactness"/>.</summary>
    protected void ExpectAdditions(double additions)
    {
        _roundings = GradientExactness.RoundingsOf(_count, additions);
        _spread = 2 * (_roundings + 1) / _roundings;
        _sureSquare = GradientExactness.SureSquareOf(_roundings) / _count;
    }

    /// <summary>A and B of a group, again where there is a doubt.</summary>
    /// <param name="squaresOfG">Σg² of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void SumGradientAgain(
        int group,
        in GroupNumbers numbers,
        double squaresOfG,
        ref double meanOfG,
        ref double correlation
    )
    {
        if (!TSum.Watches || IsInference)
        {
            return;
        }

        // Nearly always that is enough to know, and it takes no division.
        var distance = Math.Abs(numbers.Moved) * numbers.InverseStd;
        var spread = 1 + (_spread * distance);
        var sure = _sureSquare * squaresOfG;
        if (
            (meanOfG * meanOfG >= sure || !IsCentred)
            && correlation * correlation >= sure * spread * spread
            && numbers.Correction.R <= 1
        )
        {
            return;
        }

        var rms = Math.Sqrt(squaresOfG / _count);
        var error = GradientExactness.OfPlainSums(_roundings, rms);
        var moved = GradientExactness.OfMovedSums(_roundings, rms, distance);
        if (!Holds(numbers, error, error + moved, meanOfG, correlation))
        {
            SumDoubtfulGradient(group, numbers, rms, ref meanOfG, ref correlation);
        }
    }

    /// <summary>Parts of a group with a γ of their own, or with one γ for every position in a run.</summary>
    protected abstract int GradientParts { get; }

    protected abstract GradientPart GradientPartOf(int group, int part);

    private bool Holds(
        in GroupNumbers numbers,
        double error,
        double errorOfCorrelation,
        double meanOfG,
        double correlation
    ) =>
        GradientExactness.Holds(
            meanOfG,
            correlation,
            IsCentred ? error : 0,
            errorOfCorrelation,
            _rootOfCount,
            numbers.Correction.R
        );

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SumDoubtfulGradient(
        int group,
        in GroupNumbers numbers,
        double rms,
        ref double meanOfG,
        ref double correlation
    )
    {
        if (!double.IsFinite(rms) || !double.IsFinite(meanOfG + correlation))
        {
            return;
        }

        // Channels of channels-last data are a run of one element a row: one lane does.
        Extended sum;
        Extended products;
        if (GradientPartOf(group, 0).Stretch.Length == 1)
        {
            SumInTwo<DoubleScalar>(group, numbers.Mean, out sum, out products);
        }
        else
        {
            SumInTwo<TWide>(group, numbers.Mean, out sum, out products);
        }

        Take(numbers, sum, products, ref meanOfG, ref correlation);
        var first = GradientPartOf(group, 0).Stretch;
        var additions =
            (double)GradientParts * first.Runs * Chunks.CeilingOf(first.Length, PackSizes.Lanes);
        var error = GradientExactness.OfCompensatedSums(rms, additions);

        // Σg(x − μ) has a part for what the mean lacks.
        if (Holds(numbers, error, 2 * error, meanOfG, correlation))
        {
            return;
        }

        var exact = default(ExactGradientSums<TStored>);
        for (var part = 0; part < GradientParts; part++)
        {
            exact.Add(Tensors.X, Tensors.Dy, GradientPartOf(group, part), IsCentred);
        }

        exact.Total(_count, out sum, out products);
        Take(numbers, sum, products, ref meanOfG, ref correlation);
    }

    private void SumInTwo<TLanes>(int group, Extended mean, out Extended sum, out Extended products)
        where TLanes : unmanaged, IPack<TLanes, TLanes>
    {
        var sums = default(GradientSums<TLanes, TStored>);
        for (var part = 0; part < GradientParts; part++)
        {
            sums.Add(Tensors.X, Tensors.Dy, GradientPartOf(group, part), mean);
        }

        sums.Total(mean, out sum, out products);
    }

    private void Take(
        in GroupNumbers numbers,
        Extended sum,
        Extended products,
        ref double meanOfG,
        ref double correlation
    )
    {
        meanOfG = IsCentred ? (sum / _count).Value : 0;
        correlation = products.Value * numbers.InverseStd / _count;
    }
}
