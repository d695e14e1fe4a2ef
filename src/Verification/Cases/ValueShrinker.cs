using System.Collections.Immutable;
using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>Plainer values for a case that has them written out: parameters to 1 and 0, then fewer digits.</summary>
internal static class ValueShrinker
{
    public static IEnumerable<Case> Shrink(Case @case)
    {
        foreach (var (role, values) in @case.Values)
        {
            var neutral = Neutral(role);
            if (neutral is { } plain && values.Any(value => value != plain))
            {
                yield return Replace(@case, role, [.. values.Select(_ => plain)]);
            }

            // All at once to few digits, then one by one.
            for (var digits = 1; digits <= 3; digits++)
            {
                var rounded = values.Select(value => Round(value, digits)).ToImmutableArray();
                if (!rounded.SequenceEqual(values))
                {
                    yield return Replace(@case, role, rounded);
                }
            }

            for (var i = 0; i < values.Length; i++)
            {
                foreach (var simpler in Simpler(values[i], neutral))
                {
                    yield return Replace(@case, role, values.SetItem(i, simpler));
                }
            }
        }
    }

    private static double? Neutral(TensorRole role) =>
        role switch
        {
            TensorRole.Gamma or TensorRole.RunningVar or TensorRole.RunningStd => 1,
            TensorRole.Beta or TensorRole.RunningMean => 0,
            _ => null,
        };

    /// <summary>Only steps that strictly shorten the text or go to a plain number, so that shrinking ends.</summary>
    private static IEnumerable<double> Simpler(double value, double? neutral)
    {
        var target = neutral ?? 0;
        if (value != target && Length(target) <= Length(value))
        {
            yield return target;
        }

        if (!double.IsFinite(value))
        {
            yield break;
        }

        for (var digits = 1; digits <= 6; digits++)
        {
            var rounded = Round(value, digits);
            if (rounded != value && Length(rounded) < Length(value))
            {
                yield return rounded;
            }
        }
    }

    private static int Length(double value) => ProblemText.Number(value).Length;

    private static double Round(double value, int digits) =>
        double.IsFinite(value)
            ? double.Parse(
                value.ToString($"G{digits}", System.Globalization.CultureInfo.InvariantCulture),
                System.Globalization.CultureInfo.InvariantCulture
            )
            : value;

    private static Case Replace(Case @case, TensorRole role, ImmutableArray<double> values) =>
        @case with
        {
            Values = @case.Values.SetItem(role, values),
        };
}
