using NormCheck.Contract;

namespace NormCheck.Cli.Backends;

/// <summary>
/// A real system and the program that drives it: an entry of <c>backends/backends.json</c>. In the command, the library,
/// the folder, the environment and the install command, <c>{root}</c> stands for the folder of the repository,
/// <c>{cache}</c> for the one in which install scripts build (NORMCHECK_CACHE, or normcheck in the user's cache),
/// <c>{version}</c> for the version and <c>{folder}</c> for the folder of that version.
/// </summary>
internal sealed record Adapter
{
    public required string Summary { get; init; }

    /// <summary>
    /// The entry that this one is a variant of, with the same program and additions to its environment; null for an entry
    /// that stands by itself.
    /// </summary>
    public string? Base { get; init; }

    /// <summary>The program and its arguments; empty where it is a library.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The shared library with the functions of normcheck.h; null where it is a program.</summary>
    public string? Library { get; init; }

    /// <summary>What is added to its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>();

    /// <summary>The command that gets what it needs.</summary>
    public string Install { get; init; } = "";

    /// <summary>The version that is meant where none is named; null where none can be named.</summary>
    public string? Version { get; init; }

    /// <summary>The folder of a version, which ends with <c>/{version}</c>; several lie side by side.</summary>
    public string? Folder { get; init; }

    /// <summary>The entry as a variant of another.</summary>
    public Adapter On(Adapter other) =>
        other with
        {
            Summary = Summary,
            Base = Base,
            Environment = other
                .Environment.Concat(Environment)
                .ToLookup(pair => pair.Key, pair => pair.Value)
                .ToDictionary(values => values.Key, values => values.Last()),
        };

    /// <summary>The versions whose folders are there, whole or not, in the order of their names.</summary>
    public IReadOnlyList<string> InstalledVersions()
    {
        if (Folder is null)
        {
            return [];
        }

        var parent = Path.GetDirectoryName(Expand(Folder))!;
        return Directory.Exists(parent)
            ?
            [
                .. new DirectoryInfo(parent)
                    .EnumerateDirectories()
                    .Select(folder => folder.Name)
                    .Where(AdapterWord.IsVersion)
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>The text with what its words in braces stand for.</summary>
    public string Expand(string text) =>
        text.Replace("{folder}", Folder, StringComparison.Ordinal)
            .Replace("{version}", Version, StringComparison.Ordinal)
            .Replace("{root}", NormCheckRoot.Folder, StringComparison.Ordinal)
            .Replace("{cache}", Cache, StringComparison.Ordinal);

    /// <summary>The folder in which install scripts build; they read the same variables.</summary>
    private static string Cache =>
        System.Environment.GetEnvironmentVariable("NORMCHECK_CACHE") is { Length: > 0 } named
            ? named
        : System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
            ? Path.Combine(folder, "normcheck")
        : Path.Combine(
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
            ".cache",
            "normcheck"
        );
}
