using NormCheck.Contract;

namespace NormCheck.Properties.Optimized;

/// <summary>What shares a mean and a variance.</summary>
internal static class Groups
{
    /// <summary>Number of the group that an element in memory belongs to.</summary>
    public static int Of(NormProblem problem, int i)
    {
        if (!problem.Op.HasChannels())
        {
            return i / problem.Shape[1];
        }

        var shape = StaticCalls.ShapeOf(problem);
        var (sample, inSample) = Math.DivRem(i, shape.Channels * shape.Space);
        var channel =
            problem.Layout == Layout.ChannelsLast
                ? inSample % shape.Channels
                : inSample / shape.Space;
        return problem.Op switch
        {
            NormOp.InstanceNorm => (sample * shape.Channels) + channel,
            NormOp.GroupNorm => (sample * problem.Groups)
                + (channel / (shape.Channels / problem.Groups)),
            _ => channel,
        };
    }
}
