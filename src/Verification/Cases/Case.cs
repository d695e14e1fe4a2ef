using System.Collections.Immutable;
using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>
/// A problem and its input bits. The text says all of it: data class and seed, and for small or shrunken cases the values
/// themselves, in row-major order of the tensor's shape in memory.
/// </summary>
public sealed record Case
{
    private static readonly (string Key, TensorRole Role)[] s_literals =
    [
        ("x", TensorRole.X),
        ("dy", TensorRole.Dy),
        ("gamma", TensorRole.Gamma),
        ("beta", TensorRole.Beta),
        ("running_mean", TensorRole.RunningMean),
        ("running_var", TensorRole.RunningVar),
        ("running_std", TensorRole.RunningStd),
    ];

    public required NormProblem Problem { get; init; }

    public DataSpec Data { get; init; } = DataSpec.Normal;

    public ulong Seed { get; init; }

    /// <summary>Tensors that are given by value, before rounding to the element type.</summary>
    public ImmutableSortedDictionary<TensorRole, ImmutableArray<double>> Values { get; init; } =
        ImmutableSortedDictionary<TensorRole, ImmutableArray<double>>.Empty;

    public string Text
    {
        get
        {
            var words = new List<string> { ProblemText.Print(Problem) };
            if (!IsLiteral)
            {
                words.Add($"data={Data.Text}");
                words.Add($"seed={Seed}");
            }

            foreach (var (role, values) in Values)
            {
                words.Add($"{role.Name()}=[{string.Join(',', values.Select(ProblemText.Number))}]");
            }

            return string.Join(' ', words);
        }
    }

    /// <summary>True where every input that is drawn is given by value, so that data class and seed do not matter.</summary>
    private bool IsLiteral =>
        TensorPlan
            .For(Problem)
            .Where(spec => spec.IsInput && s_literals.Any(literal => literal.Role == spec.Role))
            .All(spec => Values.ContainsKey(spec.Role));

    /// <exception cref="InputException">The text is not a case; the message names the word and what fits.</exception>
    public static Case Parse(string text)
    {
        var problem = ProblemText.Parse(
            text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
            out var rest
        );
        var result = new Case { Problem = problem };
        var seen = new HashSet<string>();
        foreach (var (key, value) in rest)
        {
            if (!seen.Add(key))
            {
                throw new InputException($"{key} given twice, the second time as '{value}'");
            }

            result = key switch
            {
                "data" => result with { Data = DataSpec.Parse(value) },
                "seed" => result with { Seed = ParseSeed(value) },
                _ => result with
                {
                    Values = result.Values.Add(ParseRole(key, value), ParseValues(key, value)),
                },
            };
        }

        result.CheckValues();
        return result;
    }

    public override string ToString() => Text;

    public bool Equals(Case? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private static ulong ParseSeed(string text) =>
        ulong.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new InputException($"'seed={text}': expected a whole number of at least 0");

    private static TensorRole ParseRole(string key, string value)
    {
        var index = Array.FindIndex(s_literals, literal => literal.Key == key);
        return index >= 0
            ? s_literals[index].Role
            : throw ProblemText.Unknown(
                $"{key}={value}",
                [.. ProblemText.Keys, "data", "seed", .. s_literals.Select(literal => literal.Key)]
            );
    }

    private static ImmutableArray<double> ParseValues(string key, string text)
    {
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
        {
            throw new InputException(
                $"'{key}={text}': expected values in brackets, as [1,2.5,-3e4]"
            );
        }

        return
        [
            .. text[1..^1]
                .Split(',')
                .Select(part =>
                    ProblemText.TryNumber(part, out var value)
                        ? value
                        : throw new InputException($"'{key}={text}': '{part}' is not a number")
                ),
        ];
    }

    private void CheckValues()
    {
        var plan = TensorPlan.For(Problem);
        foreach (var (role, values) in Values)
        {
            var spec = plan.FirstOrDefault(each => each.Role == role && each.IsInput);
            if (spec is null)
            {
                throw new InputException(
                    $"{ProblemText.Print(Problem)} does not read {role.Name()}"
                );
            }

            if (values.Length != spec.Shape.Count)
            {
                throw new InputException(
                    $"expected {spec.Shape.Count} values for {role.Name()} of shape {spec.Shape}, got {values.Length}"
                );
            }
        }
    }
}
