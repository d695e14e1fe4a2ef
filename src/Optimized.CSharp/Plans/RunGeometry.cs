using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Channels-first data: N samples × C channels × S positions. A group (what shares μ and v) consists of units (what shares γ
/// and β too): batch norm's channel is one unit of N runs, instance norm's group one run, group norm's C/G runs.
/// </summary>
internal sealed class RunGeometry
{
    /// <summary>Fewer than this have nothing to add up before positions are.</summary>
    private const int FewestSamples = 4;

    /// <summary>Positions of a strip: its sums and numbers stay in the first-level cache.</summary>
    private const int ColumnsOfStrip = 1024;

    private readonly NormOp _op;
    private readonly int _samples;
    private readonly int _parts;

    public RunGeometry(NormProblem problem)
    {
        _op = problem.Op;
        _samples = problem.Shape[0];
        Channels = problem.Channels;
        Space = (int)(problem.Shape.Count / ((long)_samples * Channels));
        _parts = _op == NormOp.GroupNorm ? problem.Groups : Channels;
        UnitsOfGroup = Channels / _parts;
        HasShortRuns = AreRunsShort(problem);
    }

    /// <summary>See <see cref="HasShortRuns"/>; false for data that is no runs at all.</summary>
    public static bool AreRunsShort(NormProblem problem)
    {
        var samples = problem.Shape[0];
        return problem.Op.HasRunningStatistics()
            && !LayoutKinds.HasNeighbouringChannels(problem)
            && problem.Shape.Count / ((long)samples * problem.Channels) < LongRun
            && samples >= FewestSamples
            && problem.DType != DType.F64;
    }

    /// <summary>Elements from which a run is added up by itself: those of a kernel's turn.</summary>
    public const int LongRun = 4 * PackSizes.Lanes;

    public int Channels { get; }

    public int Samples => _samples;

    /// <summary>S.</summary>
    public int Space { get; }

    public int UnitsOfGroup { get; }

    /// <summary>True where a channel has one group for all samples, so that dγ and dβ are complete in it.</summary>
    public bool SpansSamples => _op.HasRunningStatistics();

    public int Groups => SpansSamples ? Channels : _samples * _parts;

    public int GroupSize => SpansSamples ? _samples * Space : UnitsOfGroup * Space;

    /// <summary>
    /// Whether sums go over the samples first, position by position, then over positions. Runs are too short otherwise: most of
    /// the work would be parts of packs and sums of lanes.
    /// </summary>
    public bool HasShortRuns { get; }

    /// <summary>Neighbouring channels that are done together where runs are short: strips begin where packs do.</summary>
    public int GroupsOfStrip =>
        Math.Max(1, ColumnsOfStrip / (PackSizes.Lanes * Space)) * PackSizes.Lanes;

    /// <summary>All elements of a group.</summary>
    public Stretch Group(int group) =>
        SpansSamples
            ? new((nint)group * Space, _samples, (nint)Channels * Space, Space)
            : new((nint)group * GroupSize, 1, 0, GroupSize);

    /// <summary>The elements of a group that share γ and β.</summary>
    public Stretch Unit(int group, int unit) =>
        SpansSamples
            ? Group(group)
            : new(((nint)group * GroupSize) + ((nint)unit * Space), 1, 0, Space);

    /// <summary>Elements from a group to the next one.</summary>
    public nint NextGroup => SpansSamples ? Space : GroupSize;

    public int ChannelOf(int group, int unit) =>
        SpansSamples ? group : (group % _parts * UnitsOfGroup) + unit;
}
