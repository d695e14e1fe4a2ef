using NormCheck.Contract;

namespace NormCheck.Optimized.Scalar.Layouts;

/// <summary>
/// Which elements share statistics and which share parameters, for every op. The groups form a table of
/// <see cref="Blocks"/> × <see cref="Samples"/>; all samples of a block use the same parameter slots. Inside a group, in
/// the order N, C, spatial, lie <see cref="Runs"/> runs of <see cref="RunLength"/> elements, one slot a run.
/// </summary>
/// <remarks>
/// Batch norm: a block a channel, one sample, one run. Instance norm: a block a channel, a sample an image, one run.
/// Group norm: a block G channels, a sample an image, a run a channel. Layer and RMS norm: one block, a sample a row,
/// a run an element.
/// </remarks>
internal sealed class GroupLayout
{
    private readonly int[] _axisOrder;
    private readonly Part[] _parts;

    private GroupLayout(int[] axisOrder, Part[] parts, bool elementsAreRuns)
    {
        _axisOrder = axisOrder;
        _parts = parts;
        Blocks = Count(Level.Block);
        Samples = Count(Level.Sample);
        Runs = Count(Level.Run);
        RunLength = Count(Level.Element);
        if (elementsAreRuns)
        {
            (Runs, RunLength) = (RunLength, 1);
        }
    }

    private enum Level
    {
        Block,
        Sample,
        Run,
        Element,
    }

    public int Blocks { get; }

    public int Samples { get; }

    public int Runs { get; }

    public int RunLength { get; }

    /// <summary>m: elements that share one mean and variance.</summary>
    public int GroupSize => Runs * RunLength;

    /// <summary>Number of parameter slots; those of block b are b·Runs, b·Runs + 1, …</summary>
    public int Slots => Blocks * Runs;

    /// <summary>Number of groups: positions in the saved statistics.</summary>
    public int Groups => Blocks * Samples;

    /// <summary>Position of a group in the saved statistics, which lie sample by sample.</summary>
    public int GroupIndex(int block, int sample) => (sample * Blocks) + block;

    public static GroupLayout For(NormProblem problem)
    {
        var parts = problem.Shape.Extents.Select(
            (extent, axis) => new Part(LevelOf(problem, axis), extent, axis, StepsOfAxis: 1)
        );
        if (problem.Op == NormOp.GroupNorm)
        {
            parts = parts.SelectMany(part =>
                part.Axis == 1 ? SplitChannels(part, problem.Groups) : [part]
            );
        }

        return new(problem.AxisOrder, [.. parts], elementsAreRuns: !problem.Op.HasChannels());
    }

    /// <summary>Where the groups of a tensor of the problem's (memory) shape lie.</summary>
    public GroupWalk Walk(Tensor tensor) =>
        new(
            tensor.Offset,
            new AxisWalk(Axes(tensor, Level.Block)),
            new AxisWalk(Axes(tensor, Level.Sample)),
            new AxisWalk(Axes(tensor, Level.Run).Concat(Axes(tensor, Level.Element)))
        );

    private static Level LevelOf(NormProblem problem, int axis) =>
        problem.Op switch
        {
            NormOp.BatchNorm or NormOp.BatchRenorm => axis == 1 ? Level.Block : Level.Element,
            NormOp.InstanceNorm or NormOp.GroupNorm => axis switch
            {
                0 => Level.Sample,
                1 => Level.Block,
                _ => Level.Element,
            },
            _ => axis < problem.Axis ? Level.Sample : Level.Element,
        };

    /// <summary>C channels as G blocks of C/G runs.</summary>
    private static Part[] SplitChannels(Part channels, int groups)
    {
        var each = channels.Extent / groups;
        return
        [
            channels with
            {
                Level = Level.Block,
                Extent = groups,
                StepsOfAxis = each,
            },
            channels with
            {
                Level = Level.Run,
                Extent = each,
            },
        ];
    }

    private IEnumerable<WalkAxis> Axes(Tensor tensor, Level level) =>
        _parts
            .Where(part => part.Level == level)
            .Select(part => new WalkAxis(
                part.Extent,
                tensor.Strides[Array.IndexOf(_axisOrder, part.Axis)] * part.StepsOfAxis
            ));

    private int Count(Level level) =>
        _parts
            .Where(part => part.Level == level)
            .Aggregate(1, (product, part) => checked(product * part.Extent));

    /// <summary>A loop over (a part of) an axis of the N×C×spatial shape; one step is several steps of the axis.</summary>
    private readonly record struct Part(Level Level, int Extent, int Axis, int StepsOfAxis);
}
