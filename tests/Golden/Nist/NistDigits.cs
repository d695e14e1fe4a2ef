using NormCheck.Contract;
using NormCheck.Verification.Judge;
using Xunit.Abstractions;

namespace NormCheck.Golden.Nist;

/// <summary>
/// The NIST StRD univariate sets through every way that the repository has to a mean and a standard deviation: digits by
/// the log relative error −log₁₀|computed/true − 1|, and verdicts by each way's own contract.
/// </summary>
public class NistDigits(ITestOutputHelper output)
{
    /// <summary>Certified values have 15 digits; the last one is rounded.</summary>
    private const double Published = 15;

    /// <summary>What a kernel that is right to the last bit of f64 reaches on every set, with a digit to spare.</summary>
    private const double Wanted = 14;

    /// <summary>Digits of the mean and of σ.</summary>
    private readonly record struct Reached(double Mean, double Std)
    {
        public double Worst => Math.Min(Mean, Std);

        public Reached Or(Reached other) =>
            new(Math.Min(Mean, other.Mean), Math.Min(Std, other.Std));
    }

    public static TheoryData<string> Names => [.. NistSets.All.Select(set => set.Name)];

    /// <summary>
    /// Against the published values: 14 digits on every set whose certified digits survive the rounding of its input to
    /// f64. On the others the kernel adds at most 10⁻¹⁴ to what the rounding did.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Simd_f64_reaches_the_certified_digits_that_its_input_permits(string name)
    {
        var set = NistSets.Get(name);
        var permits = Permits(set);
        var floor =
            permits >= Published
                ? Wanted
                : -Math.Log10(Math.Pow(10, -permits) + Math.Pow(10, -Wanted));
        var reached = Worst(Path("simd f64"), set, Certified(set));
        Assert.True(
            reached.Worst >= floor,
            $"{name}: {reached.Mean:F1} and {reached.Std:F1} digits, input permits {permits:F1}"
        );
    }

    /// <summary>Decimals such as 10000000.1 are no binary64 numbers, and beside σ = 0.1 that shows.</summary>
    [Fact]
    public void Five_sets_keep_their_certified_digits_in_f64() =>
        Assert.Equal(
            ["PiDigits", "Lottery", "Lew", "NumAcc1", "NumAcc2"],
            NistSets.All.Where(set => Permits(set) >= Published).Select(set => set.Name)
        );

    /// <summary>Against the exact statistics of the rounded input: 14 digits on every set, however ill conditioned.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Simd_f64_reaches_14_digits_of_its_own_input_on_every_set(string name)
    {
        var set = NistSets.Get(name);
        var reached = Worst(Path("simd f64"), set, Exact(Path("simd f64"), set));
        Assert.True(
            reached.Worst >= Wanted,
            $"{name}: {reached.Mean:F1} and {reached.Std:F1} digits"
        );
    }

    /// <summary>
    /// Every kernel that claims a contract keeps within its bounds on every set; the same number of digits is not asked of
    /// all: sequential sums lose some, and may.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_path_keeps_its_contract(string name)
    {
        var set = NistSets.Get(name);
        foreach (var path in MomentPath.All.Where(path => path.Level is not null))
        {
            foreach (var form in path.Forms)
            {
                var (problem, tensors) = path.Of(form, set);
                var inputs = tensors.Clone();
                path.Compute(problem, tensors);
                var level = path.Level!.Value;
                var verdict = OutputJudge.Decide(
                    problem,
                    tensors,
                    Oracle.Expect(problem, inputs, level),
                    level
                );
                Assert.True(verdict.Holds, $"{path.Title} on {name}, {form}: {verdict.Failure}");
            }
        }
    }

    /// <summary>
    /// E[x²] − μ² has lost everything in f64 where κ² passes 2⁵³, and the judge says so under the weakest contract. On
    /// easy data it is as good as any: the sets tell the formulas apart, not the names.
    /// </summary>
    [Theory]
    [InlineData("NumAcc4", true)]
    [InlineData("NumAcc3", true)]
    [InlineData("Lottery", false)]
    public void One_pass_loses_its_digits_and_is_found(string name, bool lost)
    {
        var set = NistSets.Get(name);
        var path = MomentPath.All.Single(each =>
            each.Name.StartsWith("one-pass", StringComparison.Ordinal) && each.DType == DType.F64
        );
        var (problem, tensors) = path.Of(path.Forms[0], set);
        var inputs = tensors.Clone();
        path.Compute(problem, tensors);
        var verdict = OutputJudge.Decide(
            problem,
            tensors,
            Oracle.Expect(problem, inputs, ContractLevel.AnyOrder),
            ContractLevel.AnyOrder
        );

        Assert.Equal(!lost, verdict.Holds);
        var digits = Worst(path, set, Exact(path, set)).Std;
        var twoPass = Worst(Path("sequential f64"), set, Exact(path, set)).Std;
        Assert.Equal(lost, digits < twoPass - 5);
    }

    /// <summary>BigFloat is right to all digits that a pair of doubles can hold; double-double may lose κ² of 10³².</summary>
    [Theory]
    [InlineData("reference double-double f64", 16)]
    [InlineData("reference BigFloat f64", 30)]
    public void Readings_of_the_reference(string title, double digits)
    {
        foreach (var set in NistSets.All)
        {
            var reached = Worst(Path(title), set, Exact(Path(title), set));
            Assert.True(reached.Worst >= digits, $"{set.Name}: {reached.Worst:F1} digits");
        }
    }

    /// <summary>Prints the table of docs/golden.md.</summary>
    [Fact]
    public void Table()
    {
        output.WriteLine($"| | {string.Join(" | ", NistSets.All.Select(set => set.Name))} |");
        output.WriteLine($"|---|{string.Concat(NistSets.All.Select(_ => "---|"))}");
        Line("values", set => $"{set.Values.Count}");
        Line("κ = √(1 + μ²/σ²)", set => $"{Conditioning(set):G2}");
        Line("f64 input permits", set => Text(Permits(set)));
        Line("simd f64, certified", set => Text(Worst(Path("simd f64"), set, Certified(set))));
        // Ways that differ in what they do to single elements have the same statistics, and share a line.
        foreach (
            var same in MomentPath
                .All.Select(path =>
                    (path, Cells: Cells(set => Text(Worst(path, set, Exact(path, set)))))
                )
                .GroupBy(each => (each.path.DType, each.Cells))
        )
        {
            var names = string.Join(", ", same.Select(each => each.path.Name));
            output.WriteLine($"| {names} {same.Key.DType.Word()} | {same.Key.Cells} |");
        }

        string Cells(Func<NistSet, string> cell) => string.Join(" | ", NistSets.All.Select(cell));

        void Line(string title, Func<NistSet, string> cell) =>
            output.WriteLine($"| {title} | {Cells(cell)} |");
    }

    private static MomentPath Path(string title) =>
        MomentPath.All.Single(path => path.Title == title);

    /// <summary>The worst digits over all forms of a path.</summary>
    private static Reached Worst(
        MomentPath path,
        NistSet set,
        (Rational Mean, Rational Variance) truth
    ) =>
        path
            .Forms.Select(form =>
            {
                var (problem, tensors) = path.Of(form, set);
                return Compare(path.Compute(problem, tensors), truth);
            })
            .Aggregate((worst, next) => worst.Or(next));

    private static Reached Compare(Computed computed, (Rational Mean, Rational Variance) truth)
    {
        var mean = (computed.Mean - truth.Mean).Abs() / truth.Mean.Abs();

        // Data that are constant after rounding: σ = 0, which is right or wrong.
        if (truth.Variance.Numerator.IsZero)
        {
            return new(mean.Digits(), computed.InverseStd is null ? double.PositiveInfinity : 0);
        }

        // σ̂/σ − 1 = (1/√(v·s²)) − 1 for 1/σ̂ = s: half of v·s² − 1 to first order, which is all that digits need.
        var std = computed.InverseStd is { } inverse
            ? ((truth.Variance * inverse.Square()) - 1).Abs() / 2
            : 1;
        return new(Math.Max(mean.Digits(), 0), Math.Max(std.Digits(), 0));
    }

    /// <summary>Mean and S/m of the values as published, rounded to the published digits.</summary>
    private static (Rational Mean, Rational Variance) Certified(NistSet set) =>
        (
            Rational.Parse(set.Mean),
            Rational.Parse(set.StandardDeviation).Square()
                * (set.Values.Count - 1)
                / set.Values.Count
        );

    /// <summary>Mean and S/m of what the path was given: the values rounded to its type.</summary>
    private static (Rational Mean, Rational Variance) Exact(MomentPath path, NistSet set)
    {
        var moments = ExactMoments.Of(
            path.Of(path.Forms[0], set).Tensors.Require(TensorRole.X).ToDoubles()
        );
        return (moments.Mean, moments.Squares / moments.Count);
    }

    /// <summary>
    /// Digits of the certified values that are left when the input is rounded to f64 and everything after that is exact.
    /// </summary>
    private static double Permits(NistSet set)
    {
        var rounded = ExactMoments.Of(set.Rounded);
        var (mean, variance) = Certified(set);
        var ofMean = ((rounded.Mean - mean) / mean).Digits();
        var ofStd = (((rounded.Squares / rounded.Count / variance) - 1) / 2).Digits();
        return Math.Min(Math.Min(ofMean, ofStd), Published);
    }

    private static double Conditioning(NistSet set)
    {
        var moments = ExactMoments.Of(set.Values);
        return Math.Sqrt(1 + (moments.Mean.Square() * moments.Count / moments.Squares).ToDouble());
    }

    private static string Text(Reached reached) => $"{Text(reached.Mean)}/{Text(reached.Std)}";

    private static string Text(double digits) =>
        double.IsPositiveInfinity(digits)
            ? "exact"
            : digits.ToString("F1", System.Globalization.CultureInfo.InvariantCulture);
}
