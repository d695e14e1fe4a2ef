using NormCheck.Contract;

namespace NormCheck.Optimized.Plans;

internal static class LayoutKinds
{
    /// <summary>
    /// True where channels lie next to each other: channels-last data, and data with one position. A single channel lies
    /// alike in both layouts, and its runs are longer.
    /// </summary>
    public static bool HasNeighbouringChannels(NormProblem problem) =>
        problem.Channels > 1
        && (
            problem.Layout == Layout.ChannelsLast
            || problem.Shape.Count == (long)problem.Shape[0] * problem.Channels
        );
}
