using System.Numerics;
using NormCheck.Properties;

namespace NormCheck.Golden.Nist;

/// <summary>A NIST StRD univariate set: decimal values and the certified statistics, as published.</summary>
internal sealed record NistSet(
    string Name,
    IReadOnlyList<Rational> Values,
    string Mean,
    string StandardDeviation,
    string Autocorrelation
)
{
    /// <summary>The values rounded once to binary64.</summary>
    public double[] Rounded { get; } = [.. Values.Select(value => value.ToDouble())];
}

/// <summary>Mean μ, Σ(x − μ)² and the standard deviation's square with divisor n − 1, exactly.</summary>
internal readonly record struct ExactMoments(int Count, Rational Mean, Rational Squares)
{
    public Rational SampleVariance => Squares / (Count - 1);

    public static ExactMoments Of(IReadOnlyList<Rational> values)
    {
        var mean = Rational.Sum(values) / values.Count;
        return new(values.Count, mean, Rational.Sum(values.Select(x => (x - mean).Square())));
    }

    public static ExactMoments Of(IEnumerable<double> values) =>
        Of([.. values.Select(Rational.Of)]);
}

/// <summary>The nine sets of the category "Univariate: Summary Statistics", easy ones first.</summary>
internal static class NistSets
{
    public static IReadOnlyList<NistSet> All { get; } =
    [
        new(
            "PiDigits",
            PublishedPi(5000),
            "4.53480000000000",
            "2.86733906028871",
            "-0.00355099287237972"
        ),
        Observed("Lottery", "518.958715596330", "291.699727470969", "-0.120948622967393"),
        Observed("Lew", "-177.435000000000", "277.332168044316", "-0.307304800605679"),
        Observed("Mavro", "2.00185600000000", "0.000429123454003053", "0.937989183438248"),
        Observed("Michelso", "299.852400000000", "0.0790105478190518", "0.535199668621283"),
        new("NumAcc1", [10000001, 10000003, 10000002], "10000002", "1", "-0.5"),
        Alternating("NumAcc2", "1.2", "1.1", "1.3"),
        Alternating("NumAcc3", "1000000.2", "1000000.1", "1000000.3"),
        Alternating("NumAcc4", "10000000.2", "10000000.1", "10000000.3"),
    ];

    public static NistSet Get(string name) => All.Single(set => set.Name == name);

    private static NistSet Observed(string name, string mean, string deviation, string correlation)
    {
        var file = Path.Combine(Tools.Root, "tests", "Golden", "Nist", "data", $"{name}.txt");
        var words = File.ReadAllText(file)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new(name, [.. words.Select(Rational.Parse)], mean, deviation, correlation);
    }

    /// <summary>1001 values: the mean, then 500 times one tenth below it and one above.</summary>
    private static NistSet Alternating(string name, string mean, string low, string high)
    {
        var values = new List<Rational> { Rational.Parse(mean) };
        for (var k = 0; k < 500; k++)
        {
            values.Add(Rational.Parse(low));
            values.Add(Rational.Parse(high));
        }

        return new(name, values, mean, "0.1", "-0.999");
    }

    /// <summary>
    /// The first digits of π, 3 among them, as published: the 957th is 3 in NIST's file and 8 in π, and the certified
    /// values are those of the file.
    /// </summary>
    private static List<Rational> PublishedPi(int digits)
    {
        var published = Pi(digits);
        published[956] = 3;
        return published;
    }

    /// <summary>By Machin's formula π = 16·arctan(1/5) − 4·arctan(1/239).</summary>
    internal static List<Rational> Pi(int digits)
    {
        // Ten digits more than are kept: each of the terms is cut off.
        var scale = BigInteger.Pow(10, digits + 10);
        var pi = (16 * ArcTangent(5, scale)) - (4 * ArcTangent(239, scale));
        return [.. pi.ToString()[..digits].Select(digit => (Rational)(digit - '0'))];
    }

    /// <summary>scale·arctan(1/n) = scale·Σ(−1)ᵏ/((2k + 1)·n²ᵏ⁺¹).</summary>
    private static BigInteger ArcTangent(int n, BigInteger scale)
    {
        var power = scale / n;
        var sum = BigInteger.Zero;
        for (var k = 0; !power.IsZero; k++)
        {
            sum += (k % 2 == 0 ? power : -power) / ((2 * k) + 1);
            power /= n * n;
        }

        return sum;
    }
}
