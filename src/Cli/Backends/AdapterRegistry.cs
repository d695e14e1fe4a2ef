using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

/// <summary>A real system with a program that drives it, as <c>backends/backends.json</c> has it.</summary>
internal sealed record Adapter
{
    public required string Name { get; init; }

    public required string Summary { get; init; }

    /// <summary>The program and its arguments; what names a file of the repository is relative to its root.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>How to get what it needs.</summary>
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

    private static string File => Path.Combine(NormCheckRoot.Folder, "backends", "backends.json");

    /// <exception cref="InputException">The registry is there, but not as it should be.</exception>
    public static IReadOnlyList<Adapter> All()
    {
        if (!System.IO.File.Exists(File))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<Adapter[]>(
                    System.IO.File.ReadAllText(File),
                    s_options
                ) ?? [];
        }
        catch (JsonException error)
        {
            throw new InputException($"{File}: {error.Message}");
        }
    }

    /// <exception cref="NothingRanException">What it needs is not installed.</exception>
    public static INormBackend Start(Adapter adapter, TimeSpan? timeout)
    {
        var words = adapter.Command.Select(InRepository).ToArray();
        try
        {
            return new ProcessBackend(words[0], words[1..], timeout);
        }
        catch (InputException error)
        {
            throw new NothingRanException(
                $"{adapter.Name} cannot run: {error.Message}; to install it: {adapter.Install}"
            );
        }
    }

    private static string InRepository(string word)
    {
        var file = Path.Combine(NormCheckRoot.Folder, word);
        return System.IO.File.Exists(file) ? file : word;
    }
}
