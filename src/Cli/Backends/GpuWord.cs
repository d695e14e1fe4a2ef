using System.Globalization;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

/// <summary>The words <c>opencl[:N][:fast]</c> and <c>cuda[:N][:fast]</c>: which device, and which tier.</summary>
internal static class GpuWord
{
    public const string OpenCl = "opencl";
    public const string Cuda = "cuda";

    private const string Fast = "fast";

    public static bool Is(string text) => text.Split(':')[0] is OpenCl or Cuda;

    /// <exception cref="InputException">The word makes no sense, or there is no device of that number.</exception>
    /// <exception cref="NothingRanException">There is no such device here; the message says how to get one.</exception>
    public static Func<INormBackend> Resolve(string text)
    {
        var (kind, number, tier) = Parse(text);
        try
        {
            var devices = kind == OpenCl ? GpuDevices.OpenCl : GpuDevices.Cuda;
            var device = GpuDevices.Usable(kind, devices, number);
            if (!device.HasDouble && tier == Tier.Faithful)
            {
                throw new NothingRanException(
                    $"{device.Name} has no binary64 arithmetic, which tier Faithful needs: expected {kind}:{number}:{Fast}"
                );
            }

            return () => new GuardedBackend(new GpuBackend(text, device, tier));
        }
        catch (GpuMissingException missing)
        {
            throw new NothingRanException(missing.Message);
        }
    }

    private static (string Kind, int Number, Tier Tier) Parse(string text)
    {
        var words = text.Split(':');
        var rest = words[1..];
        var tier = Tier.Faithful;
        if (rest is [.., Fast])
        {
            (rest, tier) = (rest[..^1], Tier.Fast);
        }

        return rest switch
        {
            [] => (words[0], 0, tier),
            [var digits]
                when int.TryParse(
                    digits,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var number
                ) => (words[0], number, tier),
            _ => throw new InputException(
                $"expected {words[0]}, {words[0]}:N or {words[0]}:N:{Fast} with the number of a device, got '{text}'"
            ),
        };
    }
}
