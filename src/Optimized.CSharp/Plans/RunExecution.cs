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
    : TurnExecution<TPack, TWide, TSum, TStored>
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

    /// <summary>Whether channels are done by strips: in binary64, half as many to a register, that is no faster.</summary>
    private readonly bool _isShort;
    private readonly bool _shares;
    private readonly bool _fetchesGroups;
    private readonly bool _fetchesRuns;
    private readonly int _chunksOfGroup;
    private readonly int _chunksOfUnit;
    private readonly int _groupsOfTurn;
    private readonly int _groupsOfStrip;
    private readonly nint _planeOfStrip;
    private readonly byte* _strips;
    private readonly int _momentsOfGroup;
    private readonly ChunkMoments* _moments;
    private readonly UnitSums* _sums;
    private readonly GroupNumbers* _numbers;
    private readonly Slope* _slopes;
    private readonly SlotTerms* _slotTerms;
    private readonly double* _gammas;

    /// <summary>Groups that span samples jump; others lie in order.</summary>
    protected override bool FetchesAhead { get; }

    public RunExecution(NormProblem problem, Resources resources)
        : base(problem, resources)
    {
        _geometry = new(problem);
        _isShort = _geometry.HasShortRuns && TPack.LaneBytes == sizeof(float);
        _shares = Parts > 1 && _geometry.Groups < 2 * Parts && !_isShort;
        _chunksOfGroup = new Chunks(_geometry.Group(0)).Count;
        var unit = new Chunks(_geometry.Unit(0, 0));
        _chunksOfUnit = unit.Count;
        ExpectAdditions(unit.Additions);

        _groupsOfTurn =
            _shares || problem.Pass != NormPass.ForwardTraining || _chunksOfGroup > 1
                ? 1
                : Math.Clamp(Chunks.Size / _geometry.GroupSize, 1, MostOfTurn);

        // A group that is fetched while the one before it is looked at and written: half in each.
        var read = (long)_geometry.GroupSize * TStored.Bytes * (problem.Pass.IsBackward() ? 2 : 1);
        _fetchesGroups = Streams && !_shares && _chunksOfGroup > 1 && 2 * read <= OwnCache;

        FetchesAhead =
            _geometry.SpansSamples
            || OutputStage.BytesMoved(BytesOf(problem), problem.Pass) > LargestInCache;
        _fetchesRuns =
            _geometry.SpansSamples
            && _geometry.Space < RunGeometry.LongRun
            && BytesOf(problem) > OwnCache;
        _groupsOfStrip = _isShort ? _geometry.GroupsOfStrip : 1;
        _planeOfStrip = ColumnSums.PlaneOf(_groupsOfStrip * _geometry.Space);
        _strips = resources
            .Allocate(_isShort ? StripRoom.BytesOf(_planeOfStrip) * Parts : 0)
            .Memory;

        // Shared groups are all in progress at once, others a strip a thread.
        var sets = _shares ? _geometry.Groups : Parts * _groupsOfStrip;
        var products = _shares ? _chunksOfUnit * _geometry.UnitsOfGroup : _geometry.UnitsOfGroup;
        _momentsOfGroup = Math.Max(_chunksOfGroup, _chunksOfUnit * _geometry.UnitsOfGroup);
        _moments = (ChunkMoments*)
            resources.Allocate((nint)sizeof(ChunkMoments) * sets * _momentsOfGroup).Memory;
        _sums = (UnitSums*)resources.Allocate((nint)sizeof(UnitSums) * sets * products).Memory;
        _numbers = (GroupNumbers*)resources.Allocate((nint)sizeof(GroupNumbers) * sets).Memory;
        _slopes = (Slope*)resources.Allocate((nint)sizeof(Slope) * sets).Memory;
        _gammas = (double*)
            resources.Allocate((nint)sizeof(double) * Parts * _geometry.UnitsOfGroup).Memory;
        var terms =
            _geometry.SpansSamples || !problem.Pass.IsBackward()
                ? 0
                : (nint)_geometry.Samples * _geometry.Channels;
        _slotTerms = (SlotTerms*)resources.Allocate(sizeof(SlotTerms) * terms).Memory;
    }

    public override void Do(int part, int parts)
    {
        switch (Phase)
        {
            case WholeGroups:
                var (first, end) = Share(_geometry.Groups, part, parts);
                if (_isShort)
                {
                    GroupsByStrips(first, end, part);
                    break;
                }

                if (_groupsOfTurn > 1)
                {
                    GroupsByTurns(first, end, part);
                    break;
                }

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
                AddSlotTerms(_slotTerms, _geometry.Samples, _geometry.Channels, part, parts);
                break;
        }

        if (Streams)
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
            InParallel(WholeGroups, Parts);
        }

        if (IsBackward && !_geometry.SpansSamples && HasSlotGradients)
        {
            InParallel(SlotGradients, PartsOfSlots(_geometry.Samples, _geometry.Channels));
        }
    }

    private void WholeGroup(int group, int part)
    {
        var scratch = _moments + (part * (nint)_momentsOfGroup);
        FetchRuns(group);
        if (!IsBackward)
        {
            NumbersOf(group, scratch, out var given);
            Output(group, given, part);
            return;
        }

        var sums = _sums + ((nint)part * _geometry.UnitsOfGroup);
        if (!HasHints || !TryGather(group, scratch, sums, out var numbers))
        {
            NumbersOf(group, scratch, out numbers);
            if (!IsInference || HasSlotGradients)
            {
                ProductsOfGroup(group, numbers, sums);
            }
        }

        SlopeOf(group, sums, numbers, out var slope);
        GradientOfGroup(group, numbers, slope, part);
    }

    private void Output(int group, in GroupNumbers numbers, int part)
    {
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            Output(_geometry.Unit(group, unit), numbers, AffineOf(group, unit, numbers), part);
        }
    }

    /// <summary>Everything about a group that does not need dy: statistics found, given or frozen.</summary>
    private void NumbersOf(int group, ChunkMoments* scratch, out GroupNumbers numbers)
    {
        if (AreGiven)
        {
            Given(group, out numbers);
            return;
        }

        MomentsOf(
            _geometry.Group(group),
            scratch,
            _geometry.NextGroup,
            out var moments,
            _fetchesGroups
        );
        NumbersOf(group, moments, out numbers);
    }

    /// <summary>Whether statistics need no look at x.</summary>
    private bool AreGiven => IsInference || (IsBackward && TakesSaved);

    /// <summary>The statistics of a group where they are given.</summary>
    private void Given(int group, out GroupNumbers numbers)
    {
        if (IsInference)
        {
            var (mean, inverse) = ChannelState<TStored>.Frozen(Problem, Tensors, group);
            numbers = new(new(mean, 0), inverse, Correction.None);
        }
        else
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
            numbers = new(mean, inverse, correction);
        }
    }

    private void NumbersOf(int group, in Moments moments, out GroupNumbers numbers)
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

        numbers = new(moments.Mean, 1 / std, correction);
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
}
