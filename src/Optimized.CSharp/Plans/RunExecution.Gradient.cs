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
                MoveToMean(pivot, scale, ref sums[unit]);
            }

            return;
        }

        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            ProductsOf(chunks[0], numbers, AheadOf(chunks, 0, unit), out sums[unit]);
            for (var chunk = 1; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOf(chunks, chunk, unit);
                ProductsOf(chunks[chunk], numbers, ahead, out var products);
                sums[unit].Add(products);
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
                Gather(stretch, pivot, AheadOfUnits, out *next++, out sums[unit]);
            }

            return FromHints(group, scratch, (int)(next - scratch), sums, out numbers);
        }

        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            for (var chunk = 0; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOf(chunks, chunk, unit);
                Gather(chunks[chunk], pivot, ahead, out *next++, out var products);
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

    private void Gather(
        in Stretch stretch,
        double pivot,
        Ahead ahead,
        out ChunkMoments moments,
        out UnitSums sums
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
        MomentsOf(stretch, gathered, pivot, out moments);
        sums = new(gathered.Sum, gathered.Products, gathered.SquaresOfG);
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
        Merge(_geometry.Group(group), chunks, count, out var moments);
        if (!Trusts(moments, pivot))
        {
            numbers = default;
            return false;
        }

        NumbersOf(group, moments, out numbers);
        numbers.Moved = moments.Mean.Minus(pivot);
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            ref var sum = ref sums[unit];
            sum.Products = new(sum.Products.Value - (numbers.Moved * sum.Dy.Value), 0);
        }

        return true;
    }

    private void ProductsOf(
        in Stretch stretch,
        in GroupNumbers numbers,
        Ahead ahead,
        out UnitSums sums
    )
    {
        var pivot = PivotOf(numbers.Mean);
        var scale = ScaleOf(numbers.InverseStd);
        fixed (UnitSums* to = &sums)
        {
            Products(stretch, pivot, scale, ahead, false, to);
        }

        MoveToMean(pivot, scale, ref sums);
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

    /// <summary>Moves products from a pivot to the mean.</summary>
    private static void MoveToMean(Extended pivot, double scale, ref UnitSums sums) =>
        sums.Products = new(ProductsAbout(pivot, scale, sums.Products, sums.Dy), 0);

    /// <summary>What the sums of a group's units make of its gradient; hands on what they add to dγ and dβ.</summary>
    private void SlopeOf(int group, UnitSums* sums, in GroupNumbers numbers, out Slope slope)
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
            slope = new(0, 0, numbers.InverseStd);
            return;
        }

        var meanOfG = sumOfG.Value / _geometry.GroupSize;
        var meanOfProducts = correlation.Value / _geometry.GroupSize;
        SumGradientAgain(group, numbers, squaresOfG, ref meanOfG, ref meanOfProducts);
        slope = new(meanOfG, meanOfProducts, numbers.Correction.R * numbers.InverseStd);
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
