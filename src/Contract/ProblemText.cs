using System.Globalization;
using System.Text.RegularExpressions;

namespace NormCheck.Contract;

/// <summary>
/// The text form of a problem: <c>gn bwd bf16 nhwc 2x30x7x5 groups=5 eps=0.001</c>. First the op, the pass, the element
/// type, the layout (ops with channels) and the shape, then key=value words in any order.
/// </summary>
public static partial class ProblemText
{
    private static readonly string[] s_keys =
    [
        "eps",
        "momentum",
        "groups",
        "axis",
        "affine",
        "rmax",
        "dmax",
        "grad",
        "saved",
        "running",
        "convention",
    ];

    /// <summary>The keys of problem words, for messages.</summary>
    public static IReadOnlyList<string> Keys => s_keys;

    /// <summary>The problem as words; defaults are left out, except ε.</summary>
    public static string Print(NormProblem problem)
    {
        var words = new List<string>
        {
            problem.Op.Word(),
            problem.Pass.Word(problem.Op),
            problem.DType.Word(),
        };
        if (problem.Op.HasChannels())
        {
            words.Add(problem.Layout.Word(problem.Rank));
        }

        words.Add(problem.Shape.ToString());
        if (problem.Op == NormOp.GroupNorm)
        {
            words.Add($"groups={problem.Groups}");
        }

        if (!problem.Op.HasChannels())
        {
            words.Add($"axis={problem.Axis - problem.Rank}");
        }

        words.Add($"eps={Number(problem.Epsilon)}");
        var usesMomentum =
            problem.Op.HasRunningStatistics() && problem.Pass == NormPass.ForwardTraining;
        if (usesMomentum || problem.Momentum != problem.Convention.DefaultMomentum)
        {
            words.Add($"momentum={Number(problem.Momentum)}");
        }

        Add(
            problem.Op == NormOp.BatchRenorm || problem.RMax != double.PositiveInfinity,
            "rmax",
            Number(problem.RMax)
        );
        Add(
            problem.Op == NormOp.BatchRenorm || problem.DMax != double.PositiveInfinity,
            "dmax",
            Number(problem.DMax)
        );
        Add(problem.Affine != AffineParts.Both, "affine", problem.Affine.Word());
        Add(
            problem.GradientLayout is not null,
            "grad",
            problem.GradientLayout?.Word(problem.Rank) ?? ""
        );
        Add(!problem.Saved, "saved", "no");
        Add(!problem.Running, "running", "no");
        Add(
            problem.Convention.Name != Conventions.Default.Name,
            "convention",
            problem.Convention.Name
        );
        return string.Join(' ', words);

        void Add(bool wanted, string key, string value)
        {
            if (wanted)
            {
                words.Add($"{key}={value}");
            }
        }
    }

    /// <summary>Shortest text that reads back as the same binary64 number.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "inf"
        : double.IsNegativeInfinity(value) ? "-inf"
        : double.IsNaN(value) ? "nan"
        : value
            .ToString("R", CultureInfo.InvariantCulture)
            .Replace("E", "e", StringComparison.Ordinal);

    /// <summary>A number as <see cref="Number"/> writes it.</summary>
    public static bool TryNumber(string text, out double value)
    {
        value = text switch
        {
            "inf" or "+inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            _ => 0,
        };
        return text is "inf" or "+inf" or "-inf" or "nan"
            || (
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                && double.IsFinite(value)
            );
    }

    /// <summary>Reads a problem; every word must be one of its own.</summary>
    /// <exception cref="InputException">A word is unknown or contradicts another.</exception>
    public static NormProblem Parse(string text)
    {
        var problem = Parse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var rest);
        if (rest.Count > 0)
        {
            throw Unknown($"{rest[0].Key}={rest[0].Value}", s_keys);
        }

        return problem;
    }

    /// <summary>Reads a problem and hands back the key=value words that are not part of it.</summary>
    /// <exception cref="InputException">A word is malformed or contradicts another.</exception>
    public static NormProblem Parse(
        IReadOnlyList<string> words,
        out List<KeyValuePair<string, string>> rest
    )
    {
        var reader = new ProblemReader();
        rest = [];
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                reader.Positional(word);
                continue;
            }

            var pair = KeyValuePair.Create(word[..equals], word[(equals + 1)..]);
            if (!s_keys.Contains(pair.Key))
            {
                rest.Add(pair);
                continue;
            }

            reader.Set(pair.Key, pair.Value);
        }

        return reader.Build();
    }

    /// <summary>The error for a word that fits nowhere.</summary>
    public static InputException Unknown(string word, IEnumerable<string> fits) =>
        new($"unknown word '{word}': expected one of {string.Join(", ", fits)}");

    /// <summary>Extents as 2x32x7x5 or, as in benchdnn, mb2ic32ih7iw5 (g, id, ih and iw optional).</summary>
    internal static bool TryShape(string word, out Shape shape, out int? groups)
    {
        groups = null;
        shape = default;
        if (PlainShape().IsMatch(word))
        {
            var extents = word.Split('x')
                .Select(part => int.TryParse(part, out var n) ? n : -1)
                .ToArray();
            if (extents.Any(extent => extent < 0))
            {
                return false;
            }

            shape = new Shape(extents);
            return true;
        }

        var match = BenchdnnShape().Match(word);
        if (!match.Success)
        {
            return false;
        }

        var spatial = new[] { "id", "ih", "iw" }
            .Where(name => match.Groups[name].Success)
            .Select(name => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture))
            .ToArray();

        // benchdnn promotes: a lone ih stands for a square, a lone id for a cube.
        spatial =
            match.Groups["iw"].Success ? spatial
            : match.Groups["id"].Success && spatial.Length == 1
                ? [spatial[0], spatial[0], spatial[0]]
            : spatial.Length > 0 ? [.. spatial, spatial[^1]]
            : spatial;
        var batch = match.Groups["mb"].Success
            ? int.Parse(match.Groups["mb"].Value, CultureInfo.InvariantCulture)
            : 2;
        var channels = int.Parse(match.Groups["ic"].Value, CultureInfo.InvariantCulture);
        shape = new Shape([batch, channels, .. spatial]);
        groups = match.Groups["g"].Success
            ? int.Parse(match.Groups["g"].Value, CultureInfo.InvariantCulture)
            : null;
        return true;
    }

    [GeneratedRegex("^[0-9]{1,10}(x[0-9]{1,10})+$")]
    private static partial Regex PlainShape();

    [GeneratedRegex(
        "^(g(?<g>[0-9]{1,6}))?(mb(?<mb>[0-9]{1,9}))?ic(?<ic>[0-9]{1,9})(id(?<id>[0-9]{1,9}))?(ih(?<ih>[0-9]{1,9}))?(iw(?<iw>[0-9]{1,9}))?$"
    )]
    private static partial Regex BenchdnnShape();
}
