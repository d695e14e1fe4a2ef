using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

/// <summary>A real system and the program that drives it: an entry of <c>backends/backends.json</c>.</summary>
internal sealed record Adapter
{
    public required string Summary { get; init; }

    /// <summary>The program and its arguments; empty where it is a library.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The shared library with the functions of normcheck.h; null where it is a program.</summary>
    public string? Library { get; init; }

    /// <summary>
    /// What is added to its environment. In all three, <c>{root}</c> stands for the folder of the repository and
    /// <c>{cache}</c> for the one in which install scripts build: NORMCHECK_CACHE, or normcheck in the user's cache.
    /// </summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>The command that gets what it needs.</summary>
    public required string Install { get; init; }
}

/// <summary>The named adapters of this repository.</summary>
internal static class AdapterRegistry
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
    };

    private static string Registry =>
        Path.Combine(NormCheckRoot.Folder, "backends", "backends.json");

    /// <summary>The adapters by name; none where there is no registry.</summary>
    /// <exception cref="InputException">The registry is there, but not as it should be.</exception>
    public static IReadOnlyDictionary<string, Adapter> All() =>
        File.Exists(Registry)
            ? Read(File.ReadAllText(Registry), Registry)
            : new Dictionary<string, Adapter>();

    /// <exception cref="InputException">The text is no registry.</exception>
    public static IReadOnlyDictionary<string, Adapter> Read(string text, string source)
    {
        try
        {
            var adapters =
                JsonSerializer.Deserialize<SortedDictionary<string, Adapter>>(text, s_options)
                ?? throw new InputException($"{source}: expected adapters by name, got null");
            var empty = adapters
                .FirstOrDefault(each => each.Value.Command.Count == 0 == each.Value.Library is null)
                .Key;
            return empty is null
                ? adapters
                : throw new InputException(
                    $"{source}: '{empty}' has an empty command: expected a command or a library"
                );
        }
        catch (JsonException error)
        {
            throw new InputException($"{source}: {error.Message}");
        }
    }

    /// <exception cref="NothingRanException">What it needs is not installed.</exception>
    public static INormBackend Start(string name, Adapter adapter, TimeSpan? timeout)
    {
        var environment = adapter.Environment.ToDictionary(
            pair => pair.Key,
            pair => Expanded(pair.Value)
        );
        try
        {
            if (adapter.Library is { } library)
            {
                return new NativeBackend(Expanded(library), timeout, environment);
            }

            string[] words = [.. adapter.Command.Select(Expanded)];
            return new ProcessBackend(words[0], words[1..], timeout, environment);
        }
        catch (InputException error)
        {
            throw new NothingRanException(
                $"{name} cannot run: {error.Message}; to install it: {adapter.Install}"
            );
        }
    }

    /// <summary>The folder in which install scripts build; they read the same variables.</summary>
    private static string Cache =>
        Environment.GetEnvironmentVariable("NORMCHECK_CACHE") is { Length: > 0 } named ? named
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
            ? Path.Combine(folder, "normcheck")
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ".cache",
            "normcheck"
        );

    private static string Expanded(string word) =>
        word.Replace("{root}", NormCheckRoot.Folder, StringComparison.Ordinal)
            .Replace("{cache}", Cache, StringComparison.Ordinal);
}
