using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Cases;

/// <summary>The input distributions, each aimed at a class of faults that shipped (fault catalogue, section 5).</summary>
public static class DataClasses
{
    public static IReadOnlyList<DataClass> All { get; } =
    [
        new("normal", "", "N(0,1)", (_, _) => Each(random => random.Normal())),
        new(
            "uniform",
            "",
            "U(0,1), as careless tests use",
            (_, _) => Each(random => random.Uniform())
        ),
        new(
            "offset",
            ":K",
            "K + N(0,1): conditioning κ = K; one-pass variances",
            (a, _) => Each(random => a.First + random.Normal())
        ),
        new(
            "spread",
            ":K",
            "K/σ large by a small σ: 1 + N(0,1)/K",
            (a, _) => Each(random => 1 + (random.Normal() / a.First))
        ),
        new(
            "variance",
            ":V",
            "a mean of 0.5 and a variance of about V: ε placement",
            (a, _) => Each(random => 0.5 + (Math.Sqrt(a.First) * random.Normal()))
        ),
        new(
            "constant",
            ":V",
            "every group constant, at V times 1, −2, 3, …: must give exactly β",
            (a, _) => Constant(a.First)
        ),
        new("zeros", "", "all zero", (_, _) => Each(_ => 0)),
        new(
            "outlier",
            ":K",
            "N(0,1) with one element of K in each group",
            (a, _) => Outlier(a.First)
        ),
        new(
            "rows",
            ":A..B",
            "groups of wildly different scale side by side, A to B",
            (a, _) => Rows(a)
        ),
        new(
            "ramp",
            "",
            "0, 1, 2, … over the tensor: every position is different",
            (_, _) => Ramp()
        ),
        new(
            "exact",
            ":M",
            "pairs M − d, M + d with d a power of two: sums are exact in any order",
            (a, _) => Exact(a.First)
        ),
        new(
            "two",
            "",
            "two values in a group",
            (_, _) => Each(random => random.Chance(0.5) ? 1.25 : -0.75)
        ),
        new("integers", "", "small whole numbers", (_, _) => Each(random => random.Below(17) - 8)),
        new(
            "alternating",
            ":K",
            "+K, −K, … plus N(0,1): the sum cancels",
            (a, _) => Alternating(a.First)
        ),
        new(
            "heavy",
            "",
            "heavy-tailed: no part of a group stands for the whole",
            (_, _) => Each(Heavy)
        ),
        new(
            "neighbours",
            ":V",
            "V and its next few neighbours in the element type",
            (a, p) => Neighbours(a.First, p)
        ),
        new(
            "scaled",
            ":V",
            "V·N(0,1): near overflow or below the normal range",
            (a, _) => Each(random => a.First * random.Normal())
        ),
        new(
            "drift",
            "",
            "N(0,1) with a mean that differs between channels: running statistics lag",
            (_, _) => Drift()
        ),
        new("nan", "", "N(0,1), one NaN in the first group", (_, _) => Special(double.NaN)),
        new(
            "inf",
            "",
            "N(0,1), one +∞ in the first group",
            (_, _) => Special(double.PositiveInfinity)
        ),
        new(
            "-inf",
            "",
            "N(0,1), one −∞ in the first group",
            (_, _) => Special(double.NegativeInfinity)
        ),
    ];

    private static GroupFill Each(Func<SeededRandom, double> draw) =>
        (_, values, random) =>
        {
            foreach (ref var value in values)
            {
                value = draw(random);
            }
        };

    private static GroupFill Constant(double level) =>
        (group, values, _) => values.Fill(level * (group + 1) * (group % 2 == 0 ? 1 : -1));

    private static GroupFill Outlier(double size) =>
        (_, values, random) =>
        {
            foreach (ref var value in values)
            {
                value = random.Normal();
            }

            values[random.Below(values.Length)] = size;
        };

    private static GroupFill Rows(DataArguments range) =>
        (_, values, random) =>
        {
            // Powers of two between the ends, so that the scale is exact and needs no library exponential.
            var low = Math.ILogB(range.First);
            var high = Math.ILogB(range.Second);
            var scale = Math.ScaleB(1, low + random.Below(high - low + 1));
            foreach (ref var value in values)
            {
                value = scale * (random.Normal() + 0.5);
            }
        };

    private static GroupFill Ramp() =>
        (group, values, _) =>
        {
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = ((long)group * values.Length) + k;
            }
        };

    private static GroupFill Exact(double middle) =>
        (_, values, random) =>
        {
            values.Fill(middle);
            for (var k = 0; k + 1 < values.Length; k += 2)
            {
                var d = Math.ScaleB(1, -random.Below(3));
                values[k] = middle - d;
                values[k + 1] = middle + d;
            }
        };

    private static GroupFill Alternating(double size) =>
        (_, values, random) =>
        {
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = (k % 2 == 0 ? size : -size) + random.Normal();
            }
        };

    private static double Heavy(SeededRandom random)
    {
        var u = random.Uniform(0.001, 1);
        return (random.Chance(0.5) ? 1 : -1) / (u * Math.Sqrt(u));
    }

    private static GroupFill Neighbours(double start, NormProblem problem) =>
        (_, values, random) =>
        {
            var ulp = StorageType.Of(problem.DType).Ulp(start);
            foreach (ref var value in values)
            {
                value = start + (ulp * random.Below(4));
            }
        };

    private static GroupFill Drift() =>
        (group, values, random) =>
        {
            foreach (ref var value in values)
            {
                value = (group % 5 - 2) + ((1 + (group % 3)) * random.Normal());
            }
        };

    private static GroupFill Special(double what) =>
        (group, values, random) =>
        {
            foreach (ref var value in values)
            {
                value = random.Normal();
            }

            if (group == 0)
            {
                values[random.Below(values.Length)] = what;
            }
        };
}
