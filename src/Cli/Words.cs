using System.Globalization;
using NormCheck.Contract;
using NormCheck.Verification.Laws;

namespace NormCheck.Cli;

/// <summary>Reads the words of the case text and of options; every error lists what fits.</summary>
internal static class Words
{
    private static readonly (string Word, NormPass Pass)[] s_passes =
    [
        ("train", NormPass.ForwardTraining),
        ("fwd", NormPass.ForwardTraining),
        ("infer", NormPass.ForwardInference),
        ("bwd", NormPass.BackwardTraining),
        ("bwd-infer", NormPass.BackwardInference),
    ];

    private static readonly (string Word, Layout Layout)[] s_layouts =
    [
        ("channels-first", Contract.Layout.ChannelsFirst),
        ("channels-last", Contract.Layout.ChannelsLast),
        ("nchw", Contract.Layout.ChannelsFirst),
        ("nhwc", Contract.Layout.ChannelsLast),
    ];

    public static NormOp Op(string word) =>
        One("op", word, NormOps.All.Select(op => (op.Word(), op)));

    public static NormPass Pass(string word) => One("pass", word, s_passes);

    public static DType DType(string word) =>
        One("element type", word, DTypes.All.Select(dtype => (dtype.Word(), dtype)));

    public static Layout Layout(string word) => One("layout", word, s_layouts);

    /// <summary>The laws that <c>--laws</c> names: all, none, a list of ids, or all but those with a minus sign.</summary>
    public static IReadOnlyList<Law> Laws(string? text)
    {
        if (text is null or "all")
        {
            return LawCatalogue.All;
        }

        if (text == "none")
        {
            return [];
        }

        var words = text.Split(',').Select(word => word.Trim()).ToArray();
        var without = words
            .Where(word => word.StartsWith('-'))
            .Select(word => Law(word[1..]))
            .ToArray();
        var named = words.Where(word => !word.StartsWith('-')).Select(Law).ToArray();
        return [.. (named.Length > 0 ? named : LawCatalogue.All).Except(without)];
    }

    private static Law Law(string word) => LawCatalogue.Get(word);

    /// <summary>The value that a word names.</summary>
    /// <exception cref="InputException">No value has that name.</exception>
    public static T One<T>(string what, string word, IEnumerable<(string Word, T Value)> fits)
    {
        foreach (var (name, value) in fits)
        {
            if (name == word)
            {
                return value;
            }
        }

        throw new InputException(
            $"unknown {what} '{word}': expected one of {string.Join(", ", fits.Select(fit => fit.Word))}"
        );
    }

    /// <summary>The different values of a comma-separated list.</summary>
    public static IReadOnlyList<T> List<T>(string list, Func<string, T> one) =>
        [.. list.Split(',').Select(word => one(word.Trim())).Distinct()];

    /// <summary>A time as 60s, 2m, 1.5h; a number alone is in seconds.</summary>
    public static TimeSpan Duration(string what, string text)
    {
        var unit = text.Length > 0 ? text[^1] : ' ';
        var seconds = unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
        var digits = seconds > 0 ? text[..^1] : text;
        return
            double.TryParse(
                digits,
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            ) && number * Math.Max(seconds, 1) is > 0 and < 1e7
            ? TimeSpan.FromSeconds(number * Math.Max(seconds, 1))
            : throw new InputException($"'{what} {text}': expected a time as 60s, 2m or 1.5h");
    }

    /// <summary>K/N with 1 ≤ K ≤ N.</summary>
    public static (int Shard, int Shards) Shard(string text)
    {
        var parts = text.Split('/');
        return
            parts.Length == 2
            && int.TryParse(
                parts[0],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var shard
            )
            && int.TryParse(
                parts[1],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var shards
            )
            && shard >= 1
            && shard <= shards
            ? (shard, shards)
            : throw new InputException($"'--shard {text}': expected K/N with 1 <= K <= N, as 2/4");
    }
}
