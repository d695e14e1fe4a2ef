using System.Reflection;
using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Cli.Problems;

/// <summary>
/// Lists of problems as text: one case a line, <c>#</c> starts a comment. The words before the first key=value may be
/// comma lists; the line then stands for every combination, the last word changing fastest.
/// </summary>
internal static class ProblemList
{
    private const string Prefix = "problems/";

    /// <summary>The lists that come with the program.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly
            .GetExecutingAssembly()
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The cases of a named list or of a file.</summary>
    /// <exception cref="InputException">There is none, or a line makes no sense.</exception>
    public static IReadOnlyList<Case> Load(string nameOrFile, Convention convention)
    {
        if (Names.Contains(nameOrFile))
        {
            return Parse(nameOrFile, Text(nameOrFile), convention);
        }

        return File.Exists(nameOrFile)
            ? Parse(nameOrFile, File.ReadAllText(nameOrFile), convention)
            : throw new InputException(
                $"no problem list '{nameOrFile}': expected a file or one of {string.Join(", ", Names)}"
            );
    }

    /// <summary>The first comment of a named list: what it is and where it comes from.</summary>
    public static string Title(string name) => Text(name).Split('\n', 2)[0].TrimStart('#').Trim();

    /// <summary>The cases of a text. Lines without a convention get the one given.</summary>
    /// <exception cref="InputException">A line makes no sense; the message names source, line and word.</exception>
    public static IReadOnlyList<Case> Parse(string source, string text, Convention convention)
    {
        var cases = new List<Case>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var comment = line.IndexOf('#', StringComparison.Ordinal);
            var words = (comment < 0 ? line : line[..comment]).Split(
                (char[]?)null,
                StringSplitOptions.RemoveEmptyEntries
            );
            try
            {
                // Rank 2 has one layout, so nchw and nhwc may name the same problem.
                cases.AddRange(Expand(words).Select(each => Read(each, convention)).Distinct());
            }
            catch (InputException error)
            {
                throw new InputException($"{source}:{number}: {error.Message}");
            }
        }

        return cases;
    }

    /// <summary>Every combination of the comma lists among the leading words.</summary>
    private static IEnumerable<IEnumerable<string>> Expand(string[] words)
    {
        if (words.Length == 0)
        {
            return [];
        }

        var leading = words.TakeWhile(word => !word.Contains('=')).ToArray();
        if (Array.Find(leading, word => word.Split(',').Contains("")) is { } gap)
        {
            throw new InputException($"'{gap}': expected a word on each side of a comma");
        }

        IEnumerable<IEnumerable<string>> lines =
        [
            [],
        ];
        foreach (var word in leading)
        {
            lines = lines.SelectMany(_ => word.Split(','), (line, choice) => line.Append(choice));
        }

        return lines.Select(line => line.Concat(words[leading.Length..]));
    }

    private static Case Read(IEnumerable<string> words, Convention convention)
    {
        var line = string.Join(' ', words);
        return Case.Parse(
            words.Any(word => word.StartsWith("convention=", StringComparison.Ordinal))
                ? line
                : $"{line} convention={convention.Name}"
        );
    }

    private static string Text(string name)
    {
        using var stream = Assembly
            .GetExecutingAssembly()
            .GetManifestResourceStream(Prefix + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
