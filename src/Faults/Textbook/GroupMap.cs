using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// Where the groups of a tensor lie: member k of group j is at Starts[j] + Members[k]. Every extent of the shape is
/// either walked inside a group or from group to group, so two short tables describe any strides.
/// </summary>
internal readonly record struct GroupPlaces(int[] Starts, int[] Members);

/// <summary>
/// Which elements share statistics (a group) and which share γ and β (a slot). Groups are numbered as in the saved
/// statistics; the members of a group come in the order N, C, spatial.
/// </summary>
internal sealed class GroupMap
{
    private readonly NormProblem _problem;
    private readonly List<Part> _groups = [];
    private readonly List<Part> _members = [];

    public GroupMap(NormProblem problem)
    {
        _problem = problem;
        for (var axis = 0; axis < problem.Rank; axis++)
        {
            Split(axis);
        }

        Groups = Count(_groups);
        GroupSize = Count(_members);
        Slots = Places(SlotStrides(problem));
        SlotCount = (int)problem.ParameterShape.Count;
    }

    public int Groups { get; }

    /// <summary>m.</summary>
    public int GroupSize { get; }

    /// <summary>Position in γ and β of every element.</summary>
    public GroupPlaces Slots { get; }

    public int SlotCount { get; }

    /// <summary>Where the groups of a tensor of the problem's memory shape lie, from its first element.</summary>
    public GroupPlaces Places(Tensor tensor)
    {
        var order = _problem.AxisOrder;
        var strides = new long[order.Length];
        for (var k = 0; k < order.Length; k++)
        {
            strides[order[k]] = tensor.Strides[k];
        }

        return Places(strides);
    }

    private static long[] SlotStrides(NormProblem problem)
    {
        var strides = new long[problem.Rank];
        if (problem.Op.HasChannels())
        {
            strides[1] = 1;
            return strides;
        }

        problem.ParameterShape.ContiguousStrides().CopyTo(strides, problem.Axis);
        return strides;
    }

    private static int Count(List<Part> parts)
    {
        var count = 1;
        foreach (var part in parts)
        {
            count *= part.Extent;
        }

        return count;
    }

    private static int[] Offsets(List<Part> parts, long[] strides)
    {
        var offsets = new int[Count(parts)];
        var filled = 1;
        foreach (var part in parts)
        {
            // From the back, so that what is still to be read is not yet overwritten.
            for (var k = filled - 1; k >= 0; k--)
            {
                var start = offsets[k];
                for (var i = part.Extent - 1; i >= 0; i--)
                {
                    offsets[(k * part.Extent) + i] =
                        start + (int)(i * part.Step * strides[part.Axis]);
                }
            }

            filled *= part.Extent;
        }

        return offsets;
    }

    /// <summary>Puts the loop over an axis of the N×C×spatial shape where it belongs.</summary>
    private void Split(int axis)
    {
        var extent = _problem.Shape[axis];
        switch (_problem.Op)
        {
            case NormOp.BatchNorm:
            case NormOp.BatchRenorm:
                (axis == 1 ? _groups : _members).Add(new(axis, extent, 1));
                break;
            case NormOp.InstanceNorm:
                (axis <= 1 ? _groups : _members).Add(new(axis, extent, 1));
                break;
            case NormOp.GroupNorm when axis == 1:
                var each = extent / _problem.Groups;
                _groups.Add(new(axis, _problem.Groups, each));
                _members.Add(new(axis, each, 1));
                break;
            case NormOp.GroupNorm:
                (axis == 0 ? _groups : _members).Add(new(axis, extent, 1));
                break;
            default:
                (axis < _problem.Axis ? _groups : _members).Add(new(axis, extent, 1));
                break;
        }
    }

    private GroupPlaces Places(long[] strides) =>
        new(Offsets(_groups, strides), Offsets(_members, strides));

    /// <summary>A loop over an axis, or over part of it: every step is Step places along the axis.</summary>
    private readonly record struct Part(int Axis, int Extent, int Step);
}
