using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Cli.Backends;

/// <summary>Turns the BACKEND word of the command line into something that starts it.</summary>
internal static class BackendCatalogue
{
    public const string Default = "simd";

    private static readonly (string Word, string Summary, Func<INormBackend> Create)[] s_embedded =
    [
        ("simd", "kernels on vector lanes (the default)", () => new SimdBackend()),
        ("scalar", "plain sequential loops", () => new ScalarBackend()),
        (
            "reference",
            "the reference page in plain binary64, rounded once",
            () => new ReferenceBackend()
        ),
    ];

    private static readonly (string Form, string Summary)[] s_forms =
    [
        ("native:PATH.so", "a shared library with the functions of backends/native/normcheck.h"),
        ("dotnet:PATH.dll#Type", "a class that implements NormCheck.Contract.INormBackend"),
        ("exec:COMMAND ARG…", "a program that speaks the protocol of docs/protocol.md"),
    ];

    /// <exception cref="InputException">Nothing has that name, or a file is missing.</exception>
    /// <exception cref="NothingRanException">It has, but the system is not installed.</exception>
    public static Func<INormBackend> Resolve(string text, TimeSpan? timeout)
    {
        foreach (var (word, _, create) in s_embedded)
        {
            if (word == text)
            {
                return create;
            }
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var rest = colon < 0 ? "" : text[(colon + 1)..];
        return (colon < 0 ? "" : text[..colon]) switch
        {
            "dotnet" => AssemblyBackend.Resolve(rest),
            _ => throw Unknown(text),
        };
    }

    /// <summary>What there is, one line each, for <c>normcheck list backends</c>.</summary>
    public static IEnumerable<(string Id, string Text)> List() =>
        [.. s_embedded.Select(each => (each.Word, each.Summary)), .. s_forms];

    private static InputException Unknown(string text) =>
        new(
            $"unknown backend '{text}': expected one of {string.Join(", ", s_embedded.Select(each => each.Word))}"
        );
}
