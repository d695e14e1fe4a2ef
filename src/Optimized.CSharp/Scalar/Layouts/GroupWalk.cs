namespace NormCheck.Optimized.Scalar.Layouts;

/// <summary>Where the groups of one tensor lie in its memory.</summary>
internal sealed class GroupWalk(long offset, AxisWalk blocks, AxisWalk samples, AxisWalk elements)
{
    /// <summary>The elements of a group, from its first one on.</summary>
    public AxisWalk Elements { get; } = elements;

    /// <summary>Position in memory of the first element of a group.</summary>
    public long First(int block, int sample) =>
        offset + blocks.DistanceTo(block) + samples.DistanceTo(sample);
}
