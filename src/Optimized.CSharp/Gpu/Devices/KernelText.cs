using System.Text;

namespace NormCheck.Optimized.Gpu;

/// <summary>The kernels as text, out of this assembly.</summary>
internal static class KernelText
{
    private const string Prefix = "kernels/";

    /// <summary>All files, in the order of the numbers that their names begin with.</summary>
    public static string All { get; } = Read();

    private static string Read()
    {
        var assembly = typeof(KernelText).Assembly;
        var text = new StringBuilder();
        foreach (
            var name in assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .OrderBy(name =>
                    int.Parse(name[Prefix.Length..name.IndexOf('-', StringComparison.Ordinal)])
                )
        )
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            text.Append(reader.ReadToEnd());
        }

        return text.ToString();
    }
}
