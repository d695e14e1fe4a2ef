using System.Globalization;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>A wrong formula that outputs can be compared with.</summary>
/// <param name="Id">What findings call it.</param>
/// <param name="Sentence">What a kernel does that follows it.</param>
/// <param name="Start">A kernel that follows it in binary64, in every op, pass and type.</param>
public sealed record Formula(string Id, string Sentence, Func<INormBackend> Start);

/// <summary>
/// The family of wrong formulas that a diagnosis knows, under the names that findings use. Of several that fit a case the
/// first is named: plain mistakes come first, those about some of the elements last, since they coincide with plain ones on
/// groups of a few elements.
/// </summary>
public static class FormulaCatalogue
{
    public static IReadOnlyList<Formula> All { get; } =
    [
        // Nothing of the norm is in the output.
        Of("zeros", "m42"),
        Of("gradient-zero", "bwd-08"),
        // Affine parameters.
        Of("gamma-ignored", "m8"),
        Of("beta-ignored", "m9"),
        Of("gamma-beta-exchanged", "axis-08b"),
        Of("gamma-of-next-channel", "m10a"),
        Of("parameters-by-group", "m10b"),
        Of("parameters-channels-last", "lay-06b"),
        Of("beta-minus-mean-unscaled", "fuse-04b"),
        Of("beta-lost-in-folding", "fuse-04a"),
        Of("beta-divided-by-gamma", "fuse-04d"),
        Of("gamma-under-the-root", "fuse-04e"),
        // ε.
        Of("epsilon-outside-root", "eps-01"),
        Of("epsilon-missing", "m5"),
        Of("epsilon-floor", "eps-05"),
        Of("epsilon-times-ten", "m7a"),
        Fixed(1e-5),
        Fixed(1e-6),
        Fixed(1e-12),
        Fixed(1e-3),
        Of("epsilon-in-f16", "eps-12"),
        Of("epsilon-beside-count", "eps-21"),
        Of("epsilon-fixed-outside-root", "eps-15"),
        // The variance and what is kept.
        Of("bessel-normalizing", "stat-02"),
        Own("mean-subtracted-in-rms", "fuse-08a"),
        Of("absolute-values", "m18"),
        Of("nan-masked", "m27"),
        Of("population-stored", "stat-01"),
        Of("bessel-unguarded", "stat-04a"),
        Of("momentum-exchanged", "m29"),
        Of("running-updated-twice", "stat-06a"),
        Of("running-stale", "stat-07"),
        Of("stored-variance-plus-epsilon", "eps-19"),
        // Batch renormalization.
        Of("renorm-clips-closed", "renorm-02"),
        Of("running-std-as-variance", "renorm-03a"),
        Of("running-std-plus-epsilon", "renorm-03b"),
        Of("running-std-takes-variance", "renorm-03c"),
        Of("renorm-root-of-running-std", "renorm-03d"),
        Of("renorm-d-with-epsilon", "renorm-06a"),
        Of("renorm-d-by-batch-std", "renorm-06b"),
        Of("renorm-gradient-through-r-d", "renorm-07a"),
        // Gradients.
        Of("dx-without-gamma", "bwd-01"),
        Of("dx-without-mean-of-dy", "m36"),
        Of("dx-without-correlation", "m35"),
        Of("dgamma-with-gamma", "m37"),
        Of("dgamma-from-epsilon", "bwd-17"),
        Of("root-without-epsilon-in-gradient", "bwd-21b"),
        Of("dy-strides-ignored", "m23"),
        By(
            "dy-layout-exchanged",
            "dy is read as if it lay channels-first where it lies channels-last, or the other way round",
            () => new Recipe<double>(),
            new() { Inputs = OtherLayout }
        ),
        // Which elements are in the statistics.
        Tail(4),
        Tail(8),
        Tail(16),
        Tail(32),
        Of("last-term-dropped", "m11a"),
        Padded(8),
        Padded(16),
        Padded(32),
        Of("padding-in-mean-and-variance", "tail-06a"),
        Of("padding-squares", "tail-06b"),
        Of("mean-divisor-padded", "tail-06c"),
        Of("variance-divisor-padded", "tail-06d"),
        Of("divisor-padded", "m13"),
        Of("last-lanes-lost", "tail-02"),
        Of("tail-not-centred", "tail-07a"),
        Of("statistics-of-first-half", "m14a"),
        Of("statistics-of-first-32", "m14b"),
        Of("statistics-of-first-1024", "m14c"),
        Of("statistics-of-previous-group", "m19"),
        Of("statistics-transposed", "fuse-01"),
        By(
            "statistics-channels-last",
            FaultCatalogue.Get("lay-06a").Story,
            () => new StatisticsInTurn<double>()
        ),
        new(
            "groups-channels-last",
            "elements share statistics and parameters as if channels were always last",
            FaultCatalogue.Get("lay-06a").Everywhere!
        ),
        Of("statistics-over-space-only", "axis-09b"),
        Of("sums-not-cleared", "axis-11"),
    ];

    private static Formula Of(string id, string faultId)
    {
        var fault = FaultCatalogue.Get(faultId);
        return new(id, fault.Story, fault.Everywhere!);
    }

    /// <summary>A mistake that makes sense only in the ops of the fault.</summary>
    private static Formula Own(string id, string faultId)
    {
        var fault = FaultCatalogue.Get(faultId);
        return new(id, fault.Story, fault.Start);
    }

    /// <summary>The memory of dy with the strides of the layout in which it does not lie.</summary>
    private static TensorSet OtherLayout(NormProblem problem, TensorSet tensors)
    {
        if (!problem.Op.HasChannels() || tensors[TensorRole.Dy] is not { } dy)
        {
            return tensors;
        }

        var layout = problem.GradientLayout ?? problem.Layout;
        var other = layout == Layout.ChannelsFirst ? Layout.ChannelsLast : Layout.ChannelsFirst;
        var strides = TensorPlan.StridesOf(problem, other);
        return tensors.With(
            TensorRole.Dy,
            new Tensor(dy.DType, dy.Shape, [.. strides], dy.Data, dy.Offset)
        );
    }

    private static Formula Fixed(double epsilon)
    {
        var text = epsilon.ToString("0e0", CultureInfo.InvariantCulture);
        return By(
            $"epsilon-fixed-{text}",
            $"ε is {text} whatever is asked for",
            () => new Recipe<double>(),
            new() { Problem = problem => problem with { Epsilon = epsilon } }
        );
    }

    private static Formula Tail(int width) =>
        By(
            $"tail-of-{width}-dropped",
            $"the last n mod {width} elements of a group are in no sum",
            () => new DroppedTailRecipe<double>(width)
        );

    private static Formula Padded(int width) =>
        By(
            $"padded-to-{width}",
            $"groups are padded with zeros to a multiple of {width}, and the zeros count",
            () => new PaddedRecipe<double>(width, Padding.All)
        );

    private static Formula By(
        string id,
        string sentence,
        Func<IRecipe> wide,
        Tampering? tampering = null
    ) =>
        new(
            id,
            sentence,
            () =>
                new TextbookBackend(
                    TextbookBackend.Describe($"formula:{id}"),
                    wide(),
                    wide(),
                    tampering ?? Tampering.None
                )
        );
}
