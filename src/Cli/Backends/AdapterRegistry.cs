using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

/// <summary>A real system and the program that drives it: an entry of <c>backends/backends.json</c>.</summary>
internal sealed record Adapter
{
    public required string Summary { get; init; }

    /// <summary>The program and its arguments; <c>{root}</c> stands for the folder of the repository.</summary>
    public required IReadOnlyList<string> Command { get; init; }

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
            var empty = adapters.FirstOrDefault(each => each.Value.Command.Count == 0).Key;
            return empty is null
                ? adapters
                : throw new InputException($"{source}: '{empty}' has an empty command");
        }
        catch (JsonException error)
        {
            throw new InputException($"{source}: {error.Message}");
        }
    }

    /// <exception cref="NothingRanException">What it needs is not installed.</exception>
    public static INormBackend Start(string name, Adapter adapter, TimeSpan? timeout)
    {
        var words = adapter
            .Command.Select(word =>
                word.Replace("{root}", NormCheckRoot.Folder, StringComparison.Ordinal)
            )
            .ToArray();
        try
        {
            return new ProcessBackend(words[0], words[1..], timeout);
        }
        catch (InputException error)
        {
            throw new NothingRanException(
                $"{name} cannot run: {error.Message}; to install it: {adapter.Install}"
            );
        }
    }
}
