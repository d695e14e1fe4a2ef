using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Sums for a gradient that plain binary64 does not hold. Where Σg or Σg·x̂ cancel, dx of an element whose own g is as small as
/// what is left would be all rounding. Such a group is added up again with twice the digits, and if even that does not do, as
/// integers. Other groups keep their sums: what is done again is up to a group's own numbers.
/// </summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>
{
    private readonly double _count = problem.GroupSize;
    private readonly double _rootOfCount = Math.Sqrt(problem.GroupSize);

    /// <summary>A and B of a group, again where there is a doubt.</summary>
    /// <param name="size">Of all g of the group.</param>
    /// <param name="additions">In chains and over chunks, that a term of the sums went through at most.</param>
    /// <param name="weight">See <see cref="GradientExactness.OfPlainSums"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void SumGradientAgain(
        int group,
        in GroupNumbers numbers,
        GradientSize size,
        double additions,
        double weight,
        ref double meanOfG,
        ref double correlation
    )
    {
        if (!TSum.Watches || IsInference)
        {
            return;
        }

        var rms = Math.Sqrt(size.Squares / _count);
        var errors = GradientExactness.OfPlainSums(rms, additions, weight);
        if (!Holds(numbers, errors, size, meanOfG, correlation))
        {
            SumDoubtfulGradient(group, numbers, size, rms, ref meanOfG, ref correlation);
        }
    }

    /// <summary>Parts of a group with a γ of their own, or with one γ for every position in a run.</summary>
    protected abstract int GradientParts { get; }

    protected abstract GradientPart GradientPartOf(int group, int part);

    private bool Holds(
        in GroupNumbers numbers,
        GradientErrors errors,
        GradientSize size,
        double meanOfG,
        double correlation
    ) =>
        GradientExactness.Holds(
            meanOfG,
            correlation,
            IsCentred ? errors : errors with { OfMean = 0 },
            size.Least,
            _rootOfCount,
            numbers.Correction.R
        );

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SumDoubtfulGradient(
        int group,
        in GroupNumbers numbers,
        GradientSize size,
        double rms,
        ref double meanOfG,
        ref double correlation
    )
    {
        if (!double.IsFinite(size.Squares) || !double.IsFinite(meanOfG + correlation))
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
        var errors = GradientExactness.OfCompensatedSums(rms, additions);
        if (Holds(numbers, errors, size, meanOfG, correlation))
        {
            return;
        }

        var exact = new ExactGradientSums<TStored>();
        for (var part = 0; part < GradientParts; part++)
        {
            exact.Add(Tensors.X, Tensors.Dy, GradientPartOf(group, part));
        }

        exact.Total(IsCentred, (int)_count, out sum, out products);
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
