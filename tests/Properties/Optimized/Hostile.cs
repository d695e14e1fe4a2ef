using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Properties.Optimized;

/// <summary>Tensors whose groups cancel: numbers of many magnitudes, most of them once with either sign.</summary>
internal static class Hostile
{
    /// <summary>
    /// The elements of every group, in a random order: pairs of c + a and c − a, with a of all magnitudes, c often 0; zeros;
    /// and a few single numbers, much smaller. What is left of the sum is up to those.
    /// </summary>
    public static string Tensor(Random random, NormProblem problem) =>
        Text(Numbers(random, problem));

    /// <summary>The same as numbers.</summary>
    public static double[] Numbers(Random random, NormProblem problem)
    {
        var count = (int)problem.Shape.Count;
        var groups = Enumerable.Range(0, count).GroupBy(i => Groups.Of(problem, i));
        var values = new double[count];
        foreach (var group in groups)
        {
            var places = group.ToArray();
            random.Shuffle(places);
            Fill(random, problem.DType, places, values);
        }

        return values;
    }

    /// <summary>Numbers of a generator, as the type has them.</summary>
    public static string Values(NormProblem problem, Func<double> draw) =>
        Text([
            .. Enumerable
                .Range(0, (int)problem.Shape.Count)
                .Select(_ => Rounded(problem.DType, draw())),
        ]);

    private static string Text(double[] values) =>
        string.Join(",", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static void Fill(Random random, DType dtype, int[] places, double[] values)
    {
        // f16 has few magnitudes, and its own smallest number.
        var (least, largest) = dtype == DType.F16 ? (-24, 10) : (-100, 30);
        var spread = random.Next(4) switch
        {
            0 => 20,
            1 => 40,
            2 => 60,
            _ => 130,
        };
        var top = random.Next(least + 10, largest);
        var bottom = Math.Max(least, top - spread);
        var centre = random.Next(2) == 0 ? 0 : Math.ScaleB(1, bottom + random.Next(3));
        var pairs = (places.Length - 1) / 2;
        for (var i = 0; i < places.Length; i++)
        {
            var size = i / 2 < 2 ? top : random.Next(bottom, top + 1);
            var isPaired = i / 2 < pairs && random.Next(Math.Max(4, pairs)) > 0;
            if (i % 2 == 0 || !isPaired)
            {
                values[places[i]] =
                    random.Next(12) == 0
                        ? 0
                        : Rounded(dtype, Signed(random, isPaired ? size : bottom));
            }
            else
            {
                values[places[i]] = -values[places[i - 1]];
            }
        }

        if (centre > 0)
        {
            for (var i = 0; i < places.Length; i++)
            {
                values[places[i]] = Rounded(dtype, values[places[i]] + centre);
            }
        }
    }

    private static double Signed(Random random, int exponent) =>
        Math.ScaleB(1 + random.NextDouble(), exponent) * (random.Next(2) == 0 ? 1 : -1);

    private static double Rounded(DType dtype, double value)
    {
        var one = new Tensor(dtype, new Shape([1]));
        one.Write(0, value);
        return one.Read(0);
    }
}
