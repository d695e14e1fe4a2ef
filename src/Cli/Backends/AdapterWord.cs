using System.Text.RegularExpressions;
using NormCheck.Contract;

namespace NormCheck.Cli.Backends;

/// <summary>The word for an adapter: NAME, NAME:VARIANT, NAME@VERSION or NAME@VERSION:VARIANT.</summary>
internal static partial class AdapterWord
{
    /// <summary>The name of the registry's entry, and the version where the word names one.</summary>
    public static (string Entry, string? Version) Split(string word)
    {
        var at = word.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return (word, null);
        }

        var rest = word[(at + 1)..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (word[..at], rest) : (word[..at] + rest[colon..], rest[..colon]);
    }

    /// <summary>The word for another version of an entry: <see cref="Split"/> backwards.</summary>
    public static string WithVersion(string entry, string version)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? $"{entry}@{version}" : $"{entry[..colon]}@{version}{entry[colon..]}";
    }

    /// <summary>The adapter in the version that the word names; null where the registry has no such entry.</summary>
    /// <exception cref="InputException">It takes no version, or the version is none.</exception>
    public static Adapter? Find(IReadOnlyDictionary<string, Adapter> all, string word)
    {
        var (entry, version) = Split(word);
        if (!all.TryGetValue(entry, out var adapter) || version is null)
        {
            return adapter;
        }

        return adapter.Version is not { } usual
                ? throw new InputException(
                    $"'{word}': no version of {entry} can be named: expected {entry}"
                )
            : !IsVersion(version)
                ? throw new InputException(
                    $"'{word}': expected a version as in {WithVersion(entry, usual)}, got '{version}'"
                )
            : adapter with { Version = version };
    }

    /// <summary>What may become a part of a path and of a command for people: digits first, then no blank and no slash.</summary>
    public static bool IsVersion(string text) => Version().IsMatch(text);

    [GeneratedRegex(@"\A[0-9]+(\.[0-9]+)*([-+][0-9A-Za-z.-]+)?\z")]
    private static partial Regex Version();
}
