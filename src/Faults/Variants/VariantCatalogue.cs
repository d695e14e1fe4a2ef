using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>
/// The correct variants. None may ever be rejected under its contract: a rejection is a fault of this suite.
/// </summary>
public static class VariantCatalogue
{
    // The words of the contracts, weakest first.
    private const string InStorage = "stats-in-storage";
    private const string AnyOrder = "any-order";
    private const string CentreFirst = "centre-first";
    private const string Pairwise = "pairwise";
    private const string Compensated = "compensated";

    public static IReadOnlyList<Variant> All { get; } =
    [
        Of(
            "sequential",
            "two passes, every sum from the first term to the last",
            CentreFirst,
            () => new Recipe<float>(),
            () => new Recipe<double>()
        ),
        Of(
            "reverse",
            "every sum from the last term to the first",
            CentreFirst,
            () => new ReverseRecipe<float>(),
            () => new ReverseRecipe<double>()
        ),
        Of(
            "pairwise",
            "every sum a balanced tree",
            Pairwise,
            () => new PairwiseRecipe<float>(),
            () => new PairwiseRecipe<double>()
        ),
        Of(
            "blocked-64",
            "sums of 64 terms, then the sum of those",
            CentreFirst,
            () => new BlockedRecipe<float>(),
            () => new BlockedRecipe<double>()
        ),
        Of(
            "welford",
            "mean and squares brought up to date with every element",
            CentreFirst,
            () => new WelfordRecipe<float>(),
            () => new WelfordRecipe<double>()
        ),
        Of(
            "chan-16",
            "Welford over blocks of 16, merged by Chan's formula",
            CentreFirst,
            () => new ChanRecipe<float>(),
            () => new ChanRecipe<double>()
        ),
        Of(
            "corrected-two-pass",
            "mean and squares corrected by the sum of the deviations",
            CentreFirst,
            () => new CorrectedTwoPassRecipe<float>(),
            () => new CorrectedTwoPassRecipe<double>()
        ),
        Of(
            "kahan",
            "sums compensated term by term",
            Compensated,
            () => new KahanRecipe<float>(),
            () => new KahanRecipe<double>()
        ),
        Of(
            "neumaier",
            "sums compensated at the end",
            Compensated,
            () => new NeumaierRecipe<float>(),
            () => new NeumaierRecipe<double>()
        ),
        Of(
            "lanes-4",
            "4 partial sums side by side",
            CentreFirst,
            () => new LanesRecipe<float>(4),
            () => new LanesRecipe<double>(4)
        ),
        Of(
            "lanes-8",
            "8 partial sums side by side",
            CentreFirst,
            () => new LanesRecipe<float>(8),
            () => new LanesRecipe<double>(8)
        ),
        Of(
            "lanes-16",
            "16 partial sums side by side",
            CentreFirst,
            () => new LanesRecipe<float>(16),
            () => new LanesRecipe<double>(16)
        ),
        Of(
            "lanes-8-fma",
            "8 partial sums and fused multiply-adds throughout",
            CentreFirst,
            () => new FusedLanesRecipe<float>(8),
            () => new FusedLanesRecipe<double>(8)
        ),
        Of(
            "fma",
            "fused multiply-adds in sequential sums and element by element",
            CentreFirst,
            () => new FusedRecipe<float>(),
            () => new FusedRecipe<double>()
        ),
        Of(
            "scale-shift",
            "y = x·a + (β − μ·a)",
            AnyOrder,
            () => new ScaleShiftRecipe<float>(),
            () => new ScaleShiftRecipe<double>()
        ),
        Of(
            "scale-shift-fma",
            "y = fma(x, a, fma(−μ, a, β))",
            AnyOrder,
            () => new FusedScaleShiftRecipe<float>(),
            () => new FusedScaleShiftRecipe<double>()
        ),
        Of(
            "gradient-abc",
            "dx = a·g + b·x + c",
            AnyOrder,
            () => new ThreeTermGradientRecipe<float>(),
            () => new ThreeTermGradientRecipe<double>()
        ),
        Of(
            "gradient-abc-fma",
            "dx = fma(a, g, fma(b, x, c))",
            AnyOrder,
            () => new FusedThreeTermGradientRecipe<float>(),
            () => new FusedThreeTermGradientRecipe<double>()
        ),
        Of(
            "folded-gamma",
            "y = (x − μ)·(γ/σ) + β",
            CentreFirst,
            () => new FoldedGammaRecipe<float>(),
            () => new FoldedGammaRecipe<double>()
        ),
        Of(
            "division",
            "divides by σ instead of multiplying by 1/σ",
            CentreFirst,
            () => new DivisionRecipe<float>(),
            () => new DivisionRecipe<double>()
        ),
        Of(
            "refined-rsqrt",
            "1/√ from a 12-bit estimate and Newton's steps",
            CentreFirst,
            () => new RefinedRootRecipe<float>(),
            () => new RefinedRootRecipe<double>()
        ),
        Of(
            "double-accumulators",
            "f32 arithmetic with every sum in f64 (f64 data: compensated sums)",
            Compensated,
            () => new DoubleSumsRecipe(),
            () => new NeumaierRecipe<double>()
        ),
        Of(
            "double-throughout",
            "all arithmetic in f64, one rounding at the end (f64 data: compensated sums)",
            Compensated,
            () => new Recipe<double>(),
            () => new NeumaierRecipe<double>()
        ),
        Of(
            "two-float-mean",
            "the mean as an unevaluated sum of two numbers, compensated sums",
            Compensated,
            () => new TwoFloatMeanRecipe<float>(),
            () => new TwoFloatMeanRecipe<double>()
        ),
        Of(
            "shifted",
            "two passes over the differences to the element of least magnitude",
            AnyOrder,
            () => new ShiftedRecipe<float>(),
            () => new ShiftedRecipe<double>()
        ),
        Of(
            "stats-in-storage",
            "μ and 1/σ rounded to the type of the data",
            InStorage,
            () => new StoredStatisticsRecipe<float>(),
            () => new StoredStatisticsRecipe<double>()
        ),
        Of(
            "shuffled",
            "every sum in an order drawn once for each length",
            CentreFirst,
            () => new ShuffledRecipe<float>(),
            () => new ShuffledRecipe<double>()
        ),
        Of(
            "peeled",
            "sums that begin at an aligned address: their order depends on where a group lies",
            CentreFirst,
            () => new PeeledRecipe<float>(),
            () => new PeeledRecipe<double>()
        ),
        Of(
            "sorted",
            "every sum from the smallest to the largest magnitude",
            CentreFirst,
            () => new SortedRecipe<float>(),
            () => new SortedRecipe<double>()
        ),
        Of(
            "mean-of-scaled",
            "μ = Σ(x/m)",
            AnyOrder,
            () => new MeanOfScaledRecipe<float>(),
            () => new MeanOfScaledRecipe<double>()
        ),
    ];

    /// <exception cref="InputException">No variant has that id.</exception>
    public static Variant Get(string id) =>
        All.FirstOrDefault(variant => variant.Id == id)
        ?? throw new InputException(
            $"unknown variant '{id}': expected one of {string.Join(", ", All.Select(variant => variant.Id))}"
        );

    private static Variant Of(
        string id,
        string description,
        string contract,
        Func<IRecipe> narrow,
        Func<IRecipe> wide
    ) =>
        new(
            id,
            description,
            contract,
            () =>
                new TextbookBackend(
                    TextbookBackend.Describe($"variant:{id}"),
                    narrow(),
                    wide(),
                    Tampering.None
                )
        );
}
