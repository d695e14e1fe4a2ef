namespace NormCheck.Cli;

/// <summary>The folder of the repository, which holds <c>backends/</c>.</summary>
internal static class NormCheckRoot
{
    /// <summary>What the launcher says; without it, the folder above the program that holds <c>backends/</c>.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("NORMCHECK_ROOT") is { Length: > 0 } named
            ? named
            : Above(AppContext.BaseDirectory)
                .FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "backends")))
                ?? Directory.GetCurrentDirectory();

    private static IEnumerable<string> Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}
