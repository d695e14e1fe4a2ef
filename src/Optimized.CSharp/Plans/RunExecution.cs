using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Batch, renorm, instance and group norm of channels-first data. Threads take whole groups, so a group's data is still in
/// the cache when it is normalized; where there are fewer groups than that takes, threads share every group, chunk by chunk.
/// </summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
    : Execution<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int WholeGroups = 0;
    private const int SharedMoments = 1;
    private const int SharedProducts = 2;
    private const int SharedOutput = 3;
    private const int SlotGradients = 4;
    private const int SharedHints = 5;

    private readonly RunGeometry _geometry;
    private readonly bool _shares;
    private readonly bool _streams;
    private readonly int _chunksOfGroup;
    private readonly int _chunksOfUnit;
    private readonly int _momentsOfGroup;
    private readonly int _parts;
    private readonly Scratch _stages;
    private readonly ChunkMoments* _moments;
    private readonly UnitSums* _sums;
    private readonly GroupNumbers* _numbers;
    private readonly Slope* _slopes;
    private readonly SlotTerms* _slotTerms;

    public RunExecution(NormProblem problem, Resources resources)
        : base(problem, resources)
    {
        _geometry = new(problem);
        var bytes = problem.Shape.Count * TStored.Bytes;
        _parts = resources.PartsFor(bytes);
        _shares = _parts > 1 && _geometry.Groups < 2 * _parts;
        _streams = OutputStage.Streams(bytes);
        _chunksOfGroup = new Chunks(_geometry.Group(0)).Count;
        _chunksOfUnit = new Chunks(_geometry.Unit(0, 0)).Count;

        // Shared groups are all in progress at once, others one a thread.
        var sets = _shares ? _geometry.Groups : _parts;
        var products = _shares ? _chunksOfUnit * _geometry.UnitsOfGroup : _geometry.UnitsOfGroup;
        _stages = resources.Allocate((_streams ? OutputStage.BufferBytes : 0) * _parts);
        _momentsOfGroup = Math.Max(_chunksOfGroup, _chunksOfUnit * _geometry.UnitsOfGroup);
        _moments = (ChunkMoments*)
            resources.Allocate((nint)sizeof(ChunkMoments) * sets * _momentsOfGroup).Memory;
        _sums = (UnitSums*)resources.Allocate((nint)sizeof(UnitSums) * sets * products).Memory;
        _numbers = (GroupNumbers*)resources.Allocate((nint)sizeof(GroupNumbers) * sets).Memory;
        _slopes = (Slope*)resources.Allocate((nint)sizeof(Slope) * sets).Memory;
        var terms =
            _geometry.SpansSamples || !problem.Pass.IsBackward()
                ? 0
                : (nint)_geometry.Samples * _geometry.Channels;
        _slotTerms = (SlotTerms*)resources.Allocate(sizeof(SlotTerms) * terms).Memory;
    }

    private bool IsBackward => Problem.Pass.IsBackward();

    private OutputStage Stage(int part) =>
        new(
            IsBackward ? Tensors.Dx : Tensors.Y,
            _streams && Tensors.X != Tensors.Y && Tensors.Dy != Tensors.Dx
                ? _stages.Memory + ((nint)part * OutputStage.BufferBytes)
                : null
        );

    public override void Do(int part, int parts)
    {
        switch (Phase)
        {
            case WholeGroups:
                var (first, end) = Share(_geometry.Groups, part, parts);
                for (var group = first; group < end; group++)
                {
                    WholeGroup(group, part);
                }

                break;
            case SharedMoments:
                ShareOfMoments(part, parts);
                break;
            case SharedHints:
                ShareOfHints(part, parts);
                break;
            case SharedProducts:
                ShareOfProducts(part, parts);
                break;
            case SharedOutput:
                ShareOfOutput(part, parts);
                break;
            default:
                AddSlotTerms(part, parts);
                break;
        }

        if (_streams)
        {
            StreamingCopy.Finish();
        }
    }

    protected override void Compute()
    {
        if (_shares)
        {
            ComputeShared();
        }
        else
        {
            InParallel(WholeGroups, _parts);
        }

        if (IsBackward && !_geometry.SpansSamples && HasSlotGradients)
        {
            InParallel(SlotGradients, 1);
        }
    }

    private bool HasSlotGradients => Tensors.DGamma is not null || Tensors.DBeta is not null;

    private void WholeGroup(int group, int part)
    {
        var scratch = _moments + (part * (nint)_momentsOfGroup);
        if (!IsBackward)
        {
            var found = NumbersOf(group, scratch);
            for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
            {
                Output(_geometry.Unit(group, unit), found, AffineOf(group, unit, found), part);
            }

            return;
        }

        var sums = _sums + ((nint)part * _geometry.UnitsOfGroup);
        if (!HasHints || !TryGather(group, scratch, sums, out var numbers))
        {
            numbers = NumbersOf(group, scratch);
            if (!IsInference || HasSlotGradients)
            {
                ProductsOfGroup(group, numbers.Mean, sums);
            }
        }

        var slope = SlopeOf(group, sums, numbers);
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            Gradient(_geometry.Unit(group, unit), numbers, GammaOf(group, unit), slope, part);
        }
    }

    /// <summary>Elements from a unit to the next one; group norm's last unit is followed by the next group.</summary>
    private nint NextUnit(int unit) =>
        unit + 1 < _geometry.UnitsOfGroup || !_geometry.SpansSamples
            ? _geometry.Space
            : _geometry.NextGroup;

    private void ProductsOfGroup(int group, Extended mean, UnitSums* sums)
    {
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            sums[unit] = ProductsOf(chunks[0], mean, AheadOfMoments(chunks, 0, NextUnit(unit)));
            for (var chunk = 1; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOfMoments(chunks, chunk, NextUnit(unit));
                sums[unit].Add(ProductsOf(chunks[chunk], mean, ahead));
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
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var chunks = new Chunks(_geometry.Unit(group, unit));
            for (var chunk = 0; chunk < chunks.Count; chunk++)
            {
                var ahead = AheadOfMoments(chunks, chunk, NextUnit(unit));
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
        moments = MomentsOf(gathered, pivot, stretch.Count);
        return new(gathered.Sum, gathered.Products);
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
        var moments = ChunkMoments.Merge(chunks, count);
        if (!Trusts(moments, pivot))
        {
            numbers = default;
            return false;
        }

        numbers = NumbersOf(group, moments);
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            ref var sum = ref sums[unit];
            sum.Products = new(sum.Products.Value - (moments.Mean.Minus(pivot) * sum.Dy.Value), 0);
        }

        return true;
    }

    /// <summary>Everything about a group that does not need dy: statistics found, given or frozen.</summary>
    private GroupNumbers NumbersOf(int group, ChunkMoments* scratch)
    {
        if (Given(group) is { } given)
        {
            return given;
        }

        return NumbersOf(
            group,
            MomentsOf(new Chunks(_geometry.Group(group)), scratch, _geometry.NextGroup)
        );
    }

    /// <summary>The statistics of a group that need no look at x.</summary>
    private GroupNumbers? Given(int group)
    {
        if (IsInference)
        {
            var (mean, inverse) = ChannelState<TStored>.Frozen(Problem, Tensors, group);
            return new(new(mean, 0), inverse, Correction.None);
        }

        if (IsBackward && TakesSaved)
        {
            var mean = new Extended(Parameter(Tensors.SavedMean, group, 0), 0);
            var inverse = TStored.ReadParameter(Tensors.SavedInverseStd, group);
            var correction = ChannelState<TStored>.CorrectionOf(
                Problem,
                Tensors,
                group,
                mean,
                1 / inverse
            );
            return new(mean, inverse, correction);
        }

        return null;
    }

    private GroupNumbers NumbersOf(int group, in Moments moments)
    {
        var std = moments.Std(Problem.Epsilon);
        var correction = ChannelState<TStored>.CorrectionOf(
            Problem,
            Tensors,
            group,
            moments.Mean,
            std
        );
        if (!IsBackward)
        {
            ChannelState<TStored>.Save(Tensors, group, moments.Mean, 1 / std);
            ChannelState<TStored>.Update(Problem, Tensors, group, moments, _geometry.GroupSize);
        }

        return new(moments.Mean, 1 / std, correction);
    }

    private double GammaOf(int group, int unit) =>
        Parameter(Tensors.Gamma, _geometry.ChannelOf(group, unit), 1);

    /// <summary>γ(x̂·r + d) + β = x̂·(γr) + (γd + β).</summary>
    private Affine AffineOf(int group, int unit, in GroupNumbers numbers)
    {
        var gamma = GammaOf(group, unit);
        var beta = Parameter(Tensors.Beta, _geometry.ChannelOf(group, unit), 0);
        var (r, d) = numbers.Correction;
        return d == 0
            ? new(gamma * r, beta)
            : new(gamma * r, Math.FusedMultiplyAdd(gamma, d, beta));
    }

    private UnitSums ProductsOf(in Stretch stretch, Extended mean, Ahead ahead)
    {
        var pivot = PivotOf(mean);
        RunKernels<TPack, TWide, TSum, TStored>.Products(
            Tensors.X,
            Tensors.Dy,
            stretch,
            pivot,
            ahead,
            out var sum,
            out var products
        );
        return new(sum, new(ProductsAbout(pivot, products, sum), 0));
    }

    /// <summary>What the sums of a group's units make of its gradient; hands on what they add to dγ and dβ.</summary>
    private Slope SlopeOf(int group, UnitSums* sums, in GroupNumbers numbers)
    {
        var sumOfG = Extended.Zero;
        var correlation = Extended.Zero;
        var (r, d) = numbers.Correction;
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var dy = sums[unit].Dy.Value;
            var normalized = sums[unit].Products.Value * numbers.InverseStd;
            var gamma = GammaOf(group, unit);
            sumOfG += gamma * dy;
            correlation += gamma * normalized;
            Deliver(group, unit, new((normalized * r) + (d == 0 ? 0 : d * dy), dy));
        }

        if (IsInference)
        {
            return new(0, 0, numbers.InverseStd);
        }

        var m = (double)_geometry.GroupSize;
        return new(
            sumOfG.Value / m,
            correlation.Value / m,
            numbers.Correction.R * numbers.InverseStd
        );
    }

    private void Deliver(int group, int unit, SlotTerms terms)
    {
        if (!HasSlotGradients)
        {
            return;
        }

        var channel = _geometry.ChannelOf(group, unit);
        if (!_geometry.SpansSamples)
        {
            var sample = group * _geometry.UnitsOfGroup / _geometry.Channels;
            _slotTerms[((nint)sample * _geometry.Channels) + channel] = terms;
            return;
        }

        Write(channel, terms);
    }

    private void Write(int channel, SlotTerms terms)
    {
        if (Tensors.DGamma is not null)
        {
            TStored.WriteParameter(terms.DGamma, Tensors.DGamma, channel);
        }

        if (Tensors.DBeta is not null)
        {
            TStored.WriteParameter(terms.DBeta, Tensors.DBeta, channel);
        }
    }

    /// <summary>dγ and dβ of channels that every sample has a group of its own for: sample by sample.</summary>
    private void AddSlotTerms(int part, int parts)
    {
        var (first, end) = Share(_geometry.Channels, part, parts);
        for (var channel = first; channel < end; channel++)
        {
            var dGamma = Extended.Zero;
            var dBeta = Extended.Zero;
            for (var sample = 0; sample < _geometry.Samples; sample++)
            {
                var terms = _slotTerms[((nint)sample * _geometry.Channels) + channel];
                dGamma += terms.DGamma;
                dBeta += terms.DBeta;
            }

            Write(channel, new(dGamma.Value, dBeta.Value));
        }
    }
}
