using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

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
            var entries =
                JsonSerializer.Deserialize<SortedDictionary<string, Adapter>>(text, s_options)
                ?? throw new InputException($"{source}: expected adapters by name, got null");
            var adapters = new SortedDictionary<string, Adapter>(StringComparer.Ordinal);
            foreach (var (name, entry) in entries)
            {
                adapters[name] = Complete(name, entry, entries, source);
            }

            return adapters;
        }
        catch (JsonException error)
        {
            throw new InputException($"{source}: {error.Message}");
        }
    }

    /// <summary>The entry with what it has from its base.</summary>
    private static Adapter Complete(
        string name,
        Adapter entry,
        SortedDictionary<string, Adapter> entries,
        string source
    )
    {
        Adapter? other = null;
        if (
            entry.Base is { } named
            && (!entries.TryGetValue(named, out other) || other.Base is not null)
        )
        {
            throw new InputException(
                $"{source}: '{name}' has the base '{named}': expected an entry that has no base itself"
            );
        }

        var whole = other is null ? entry : entry.On(other);
        var says =
            whole.Command.Count == 0 == whole.Library is null
                ? "an empty command: expected a command or a library"
            : whole.Install.Length == 0 ? "no install: expected the command that installs it"
            : whole.Version is null != whole.Folder is null
                ? "only one of version and folder: expected both or none"
            : whole.Folder?.EndsWith("/{version}", StringComparison.Ordinal) == false
                ? $"the folder '{whole.Folder}': expected one that ends with /{{version}}"
            : null;
        return says is null ? whole : throw new InputException($"{source}: '{name}' has {says}");
    }

    /// <exception cref="NothingRanException">What it needs is not installed.</exception>
    public static INormBackend Start(string name, Adapter adapter, TimeSpan? timeout)
    {
        var environment = adapter.Environment.ToDictionary(
            pair => pair.Key,
            pair => adapter.Expand(pair.Value)
        );
        try
        {
            if (adapter.Library is { } library)
            {
                return new NativeBackend(adapter.Expand(library), timeout, environment);
            }

            string[] words = [.. adapter.Command.Select(adapter.Expand)];
            return new ProcessBackend(words[0], words[1..], timeout, environment);
        }
        catch (InputException error)
        {
            throw new NothingRanException(
                $"{name} cannot run: {error.Message}; to install it: {adapter.Expand(adapter.Install)}"
            );
        }
    }
}
