using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>What follows <c>data=</c> in a case text: a data class and its numbers, as offset:1e4 or rows:1e-4..1e4.</summary>
public sealed record DataSpec
{
    private DataSpec(DataClass kind, DataArguments arguments)
    {
        Class = kind;
        Arguments = arguments;
    }

    public DataClass Class { get; }

    public DataArguments Arguments { get; }

    public static DataSpec Normal { get; } = Parse("normal");

    public string Text =>
        Class.Parameter switch
        {
            "" => Class.Name,
            ":A..B" =>
                $"{Class.Name}:{ProblemText.Number(Arguments.First)}..{ProblemText.Number(Arguments.Second)}",
            _ => $"{Class.Name}:{ProblemText.Number(Arguments.First)}",
        };

    /// <summary>The data class with one number.</summary>
    public static DataSpec Of(string name, double number) =>
        Parse($"{name}:{ProblemText.Number(number)}");

    /// <exception cref="InputException">No data class has that name, or its numbers are wrong.</exception>
    public static DataSpec Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var numbers = colon < 0 ? "" : text[(colon + 1)..];
        var kind =
            DataClasses.All.FirstOrDefault(each => each.Name == name)
            ?? throw new InputException(
                $"unknown data class '{name}': expected one of {string.Join(", ", DataClasses.All.Select(each => each.Name + each.Parameter))}"
            );
        switch (kind.Parameter)
        {
            case "" when numbers.Length == 0:
                return new(kind, default);
            case ":A..B":
                var dots = numbers.IndexOf("..", StringComparison.Ordinal);
                if (
                    dots > 0
                    && ProblemText.TryNumber(numbers[..dots], out var low)
                    && ProblemText.TryNumber(numbers[(dots + 2)..], out var high)
                    && low > 0
                    && high >= low
                    && double.IsFinite(high)
                )
                {
                    return new(kind, new(low, high));
                }

                break;
            case not ""
                when ProblemText.TryNumber(numbers, out var value) && double.IsFinite(value):
                return new(kind, new(value, 0));
        }

        throw new InputException(
            $"'data={text}': expected {kind.Name}{(kind.Parameter == ":A..B" ? ":A..B with 0 < A ≤ B" : kind.Parameter)}"
        );
    }
}
