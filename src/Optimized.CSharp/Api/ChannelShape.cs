using NormCheck.Contract;

namespace NormCheck.Optimized;

/// <summary>
/// Shape of data with channels: N samples × C channels × S positions (S = W, H·W or D·H·W; 1 for N×C data), all at least 1,
/// N·C·S at most <see cref="NormProblem.MaxCount"/>.
/// </summary>
/// <param name="Samples">N.</param>
/// <param name="Channels">C.</param>
/// <param name="Space">S.</param>
/// <param name="Layout">
/// Order in memory: element (n, c, s) lies at (n·C + c)·S + s channels-first, at (n·S + s)·C + c channels-last.
/// </param>
public readonly record struct ChannelShape(
    int Samples,
    int Channels,
    int Space,
    Layout Layout = Layout.ChannelsFirst
)
{
    /// <summary>Images, channels-first.</summary>
    /// <exception cref="InputException">height × width is beyond 2³¹ − 1.</exception>
    public static ChannelShape Nchw(int samples, int channels, int height, int width) =>
        new(samples, channels, SpaceOf(height, width));

    /// <summary>Images, channels-last.</summary>
    /// <exception cref="InputException">height × width is beyond 2³¹ − 1.</exception>
    public static ChannelShape Nhwc(int samples, int height, int width, int channels) =>
        new(samples, channels, SpaceOf(height, width), Layout.ChannelsLast);

    private static int SpaceOf(int height, int width) =>
        (long)height * width is var space && height > 0 && width > 0 && space <= int.MaxValue
            ? (int)space
            : throw new InputException(
                $"expected height and width of at least 1 and a product below 2^31, got {height}x{width}"
            );
}
