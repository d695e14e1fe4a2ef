namespace NormCheck.Contract;

/// <summary>Order of the axes in memory. The shape in a case text is always N×C×spatial.</summary>
public enum Layout
{
    ChannelsFirst,
    ChannelsLast,
}

public static class Layouts
{
    private static readonly string[] s_first = ["nc", "ncw", "nchw", "ncdhw"];
    private static readonly string[] s_last = ["nc", "nwc", "nhwc", "ndhwc"];

    public static IReadOnlyList<Layout> All { get; } = [Layout.ChannelsFirst, Layout.ChannelsLast];

    /// <summary>The word of options and protocols, whatever the rank.</summary>
    public static string Word(this Layout layout) =>
        layout == Layout.ChannelsFirst ? "channels-first" : "channels-last";

    /// <summary>The word used in case texts for a tensor of that rank (2 to 5).</summary>
    public static string Word(this Layout layout, int rank) =>
        (layout == Layout.ChannelsFirst ? s_first : s_last)[rank - 2];

    /// <summary>The layout a word names for a tensor of that rank; nchw and nhwc are understood at every rank.</summary>
    public static Layout? Parse(string word, int rank) =>
        word == "nchw" || word == s_first[rank - 2] ? Layout.ChannelsFirst
        : word == "nhwc" || word == s_last[rank - 2] ? Layout.ChannelsLast
        : null;

    /// <summary>Every word that names a layout at some rank.</summary>
    public static bool IsLayoutWord(string word) => s_first.Contains(word) || s_last.Contains(word);

    /// <summary>For each axis in memory, the axis of the N×C×spatial shape that lies there.</summary>
    public static int[] AxisOrder(this Layout layout, int rank)
    {
        var order = Enumerable.Range(0, rank).ToArray();
        return layout == Layout.ChannelsFirst ? order : [0, .. order[2..], 1];
    }
}
