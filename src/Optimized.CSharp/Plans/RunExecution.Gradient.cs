using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>What a backward needs of a group, and what it adds to dγ and dβ.</summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Whether a group has several units of one chunk each: a kernel takes all of them, one sum for each.</summary>
    private bool HasSmallUnits => _chunksOfUnit == 1 && _geometry.UnitsOfGroup > 1;

    /// <summary>The units of a group as runs.</summary>
    private Stretch UnitsOf(int group)
    {
        var first = _geometry.Unit(group, 0);
        return first with { Runs = _geometry.UnitsOfGroup, Distance = first.Length };
    }

    private void ProductsOfGroup(int group, in GroupNumbers numbers, UnitSums* sums)
    {
        if (HasSmallUnits)
        {
            var pivot = PivotOf(numbers.Mean);
            var scale = ScaleOf(numbers.InverseStd);
            Products(UnitsOf(group), pivot, scale, AheadOfUnits, true, sums);
            for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
            {
                sums[unit] = About(pivot, scale, sums[unit]);
            }

            return;
        }

        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            sums[unit] = ProductsOf(chunks[0], numbers, AheadOf(chunks, 0, unit));
            for (var chunk = 1; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOf(chunks, chunk, unit);
                sums[unit].Add(ProductsOf(chunks[chunk], numbers, ahead));
            }
        }
    }

    /// <summary>Statistics and products of a group in one look at x and dy; false where the hint was no good.</summary>
    private bool TryGather(
        int group,
        ChunkMoments* scratch,
        UnitSums* sums,
        out GroupNumbers numbers
    )
    {
        var pivot = Hint(group);
        var next = scratch;
        if (HasSmallUnits)
        {
            for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
            {
                var stretch = _geometry.Unit(group, unit);
                sums[unit] = Gathered(stretch, pivot, AheadOfUnits, out *next++);
            }

            return FromHints(group, scratch, (int)(next - scratch), sums, out numbers);
        }

        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            for (var chunk = 0; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOf(chunks, chunk, unit);
                var products = Gathered(chunks[chunk], pivot, ahead, out *next++);
                if (chunk == 0)
                {
                    sums[unit] = products;
                }
                else
                {
                    sums[unit].Add(products);
                }
            }
        }

        return FromHints(group, scratch, (int)(next - scratch), sums, out numbers);
    }

    private UnitSums Gathered(
        in Stretch stretch,
        double pivot,
        Ahead ahead,
        out ChunkMoments moments
    )
    {
        RunKernels<TPack, TWide, TSum, TStored>.Gather(
            Tensors.X,
            Tensors.Dy,
            stretch,
            pivot,
            ahead,
            out var gathered
        );
        moments = MomentsOf(stretch, gathered, pivot);
        return new(gathered.Sum, gathered.Products, gathered.SquaresOfG);
    }

    /// <summary>Moves the products of a group's units from the pivot to the mean, if the pivot was close enough.</summary>
    private bool FromHints(
        int group,
        ChunkMoments* chunks,
        int count,
        UnitSums* sums,
        out GroupNumbers numbers
    )
    {
        var pivot = Hint(group);
        var moments = Merged(_geometry.Group(group), chunks, count);
        if (!Trusts(moments, pivot))
        {
            numbers = default;
            return false;
        }

        numbers = NumbersOf(group, moments) with { Moved = moments.Mean.Minus(pivot) };
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            ref var sum = ref sums[unit];
            sum.Products = new(sum.Products.Value - (numbers.Moved * sum.Dy.Value), 0);
        }

        return true;
    }

    private UnitSums ProductsOf(in Stretch stretch, in GroupNumbers numbers, Ahead ahead)
    {
        var pivot = PivotOf(numbers.Mean);
        var scale = ScaleOf(numbers.InverseStd);
        UnitSums sums;
        Products(stretch, pivot, scale, ahead, false, &sums);
        return About(pivot, scale, sums);
    }

    private void Products(
        in Stretch stretch,
        Extended pivot,
        double scale,
        Ahead ahead,
        bool isByRuns,
        UnitSums* sums
    ) =>
        RunKernels<TPack, TWide, TSum, TStored>.Products(
            Tensors.X,
            Tensors.Dy,
            stretch,
            pivot,
            scale,
            ahead,
            isByRuns,
            sums
        );

    /// <summary>Products about a pivot, moved to the mean.</summary>
    private static UnitSums About(Extended pivot, double scale, in UnitSums sums) =>
        new(sums.Dy, new(ProductsAbout(pivot, scale, sums.Products, sums.Dy), 0), sums.Squares);

    /// <summary>What the sums of a group's units make of its gradient; hands on what they add to dγ and dβ.</summary>
    private Slope SlopeOf(int group, UnitSums* sums, in GroupNumbers numbers)
    {
        var sumOfG = default(TierSum);
        var correlation = default(TierSum);
        var squaresOfG = 0.0;
        var (r, d) = numbers.Correction;
        var factor = Unscaled(numbers.InverseStd);
        var channel = _geometry.ChannelOf(group, 0);
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++, channel++)
        {
            var dy = sums[unit].Dy.Value;
            var normalized = sums[unit].Products.Value * factor;
            var gamma = Parameter(Tensors.Gamma, channel, 1);
            sumOfG.Add(gamma * dy);
            correlation.Add(gamma * normalized);
            squaresOfG += sums[unit].Squares * gamma * gamma;
            Deliver(group, unit, new((normalized * r) + (d == 0 ? 0 : d * dy), dy));
        }

        if (IsInference)
        {
            return new(0, 0, numbers.InverseStd);
        }

        var meanOfG = sumOfG.Value / _geometry.GroupSize;
        var meanOfProducts = correlation.Value / _geometry.GroupSize;
        SumGradientAgain(group, numbers, squaresOfG, ref meanOfG, ref meanOfProducts);
        return new(meanOfG, meanOfProducts, numbers.Correction.R * numbers.InverseStd);
    }

    protected override int GradientParts => _geometry.UnitsOfGroup;

    protected override GradientPart GradientPartOf(int group, int part) =>
        new(_geometry.Unit(group, part), null, 0, GammaOf(group, part));

    private void Deliver(int group, int unit, SlotTerms terms)
    {
        if (!HasSlotGradients)
        {
            return;
        }

        if (_geometry.SpansSamples)
        {
            WriteSlot(group, terms);
            return;
        }

        // The groups of a sample follow each other, as its channels do.
        _slotTerms[((nint)group * _geometry.UnitsOfGroup) + unit] = terms;
    }
}
