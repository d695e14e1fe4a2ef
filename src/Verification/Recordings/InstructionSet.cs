using System.Runtime.InteropServices;

namespace NormCheck.Verification.Recordings;

/// <summary>
/// The vector instructions of this machine, as far as libraries choose kernels by them. What .NET itself uses does not
/// matter here, so the operating system is asked.
/// </summary>
public static class InstructionSet
{
    private static readonly string[] s_families = ["sse4", "fma", "f16c", "avx", "amx"];

    public static string OfThisMachine { get; } =
        string.Join(
            ' ',
            [
                RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
                .. Flags().Where(IsVector).Distinct().Order(StringComparer.Ordinal),
            ]
        );

    private static bool IsVector(string flag) =>
        s_families.Any(family => flag.StartsWith(family, StringComparison.Ordinal));

    private static string[] Flags()
    {
        const string Information = "/proc/cpuinfo";
        var line = File.Exists(Information)
            ? File.ReadLines(Information)
                .FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))
            : null;
        return line?.Split((char[])[' ', '\t', ':'], StringSplitOptions.RemoveEmptyEntries) ?? [];
    }
}
