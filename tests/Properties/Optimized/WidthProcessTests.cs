using System.Diagnostics;
using System.Runtime.Intrinsics;
using Xunit.Abstractions;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// Processors with fewer vector registers, as far as the runtime's settings make this one look like them: there the
/// compiler itself has fewer instructions, fused ones too.
/// </summary>
public class WidthProcessTests(ITestOutputHelper output)
{
    private static int WidestHere =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    /// <summary>Where the processor has no registers that a setting takes away, its process computes as this one.</summary>
    [Theory]
    [InlineData("EnableAVX512", 256)]
    [InlineData("EnableAVX2", 128)]
    [InlineData("EnableHWIntrinsic", 0)]
    public void A_process_of_any_width_has_the_same_bits(string setting, int mostBits)
    {
        var bits = Math.Min(WidestHere, mostBits);
        if (WidestHere < 512)
        {
            output.WriteLine($"no AVX-512 here: {bits} bits are compared with {WidestHere}");
        }

        Assert.Equal($"{bits} {s_here.Value}", Start(setting));
    }

    /// <summary>The digest with all that there is, found in a process of its own too.</summary>
    private static readonly Lazy<string> s_here = new(() =>
    {
        var words = Start(null).Split(' ');
        Assert.Equal(WidestHere.ToString(), words[0]);
        return words[1];
    });

    private static string Start(string? setting)
    {
        var info = new ProcessStartInfo(
            "dotnet",
            ["exec", typeof(OwnProcess).Assembly.Location, WidthDigest.Word]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (setting is not null)
        {
            info.Environment[$"DOTNET_{setting}"] = "0";
        }

        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        var line = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return line;
    }
}
