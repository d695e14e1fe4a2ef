using NormCheck.Cli.Backends;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Verification.Identify;
using Xunit;

namespace NormCheck.Properties.Identify;

/// <summary>Black boxes whose convention is known, and what is found out about them.</summary>
public sealed class IdentificationTests
{
    public static TheoryData<string> Names => [.. Conventions.All.Select(each => each.Name)];

    public static TheoryData<string> Variants => [.. VariantCatalogue.All.Select(each => each.Id)];

    /// <summary>
    /// Every convention of the list is named, and with it only those that give the same answers to every question: keras3
    /// and tf-keras differ in defaults, which a call that gives ε and momentum cannot show.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_convention_is_named(string name)
    {
        var identity = Identify(Conventions.Get(name));

        var named = identity.Nearest;
        Assert.All(named, each => Assert.Empty(each.Differences));
        Assert.Contains(name, named.Select(each => each.Name));
        Assert.All(
            named,
            each =>
                Assert.Equal(Answers(Conventions.Get(name)), Answers(Conventions.Get(each.Name)))
        );
    }

    /// <summary>Numbers that no convention of the list has are read off, not looked up.</summary>
    [Theory]
    [InlineData(
        EpsilonPlacement.InsideRoot,
        3.7e-4,
        0,
        "√(v + ε) with ε = 0.00037 whatever is given"
    )]
    [InlineData(EpsilonPlacement.OutsideRoot, 2e-7, 0, "√v + ε with ε = 2e-07 whatever is given")]
    [InlineData(EpsilonPlacement.InsideRoot, null, 4.25e-6, "√(v + ε) with ε at least 4.25e-06")]
    [InlineData(EpsilonPlacement.OutsideRoot, null, 1e-4, "√v + ε with ε at least 0.0001")]
    [InlineData(EpsilonPlacement.Absent, null, 0, "√v, ε unused")]
    public void Epsilon_is_read_off(
        EpsilonPlacement placement,
        double? value,
        double floor,
        string words
    )
    {
        var rule = new EpsilonRule(placement, value, floor);
        var identity = Identify(
            Conventions.Get("pytorch") with
            {
                ForwardEpsilon = rule,
                BackwardEpsilon = rule,
            },
            NormOp.BatchNorm
        );

        Assert.Equal(words, Answer(identity, "epsilon"));
        Assert.Equal("√(v + ε)", Answer(identity, "epsilon-inference"));
        var pytorch = Assert.Single(identity.Nearest, each => each.Name == "pytorch");
        Assert.Equal(["bn epsilon"], pytorch.Differences);
    }

    /// <summary>Each of these is one option away from PyTorch, and that one is named.</summary>
    [Theory]
    [InlineData("stored")]
    [InlineData("gamma")]
    [InlineData("saved")]
    [InlineData("degenerate")]
    [InlineData("single-element")]
    public void The_option_that_differs_is_named(string id)
    {
        var pytorch = Conventions.Get("pytorch");
        var other = id switch
        {
            "stored" => pytorch with { StoredFactor = StoredFactor.Keras2 },
            "gamma" => pytorch with { GammaOffset = 1 },
            "saved" => pytorch with { Saved = SavedStatistic.Variance },
            "degenerate" => pytorch with { Degenerate = DegenerateRule.Natural },
            _ => pytorch with { AllowsSingleElement = true },
        };

        var likeness = Identify(other, NormOp.BatchNorm)
            .Ops.SelectMany(op => op.Likenesses)
            .Single(each => each.Name == "pytorch");

        Assert.Equal([id], likeness.Differences);
    }

    [Fact]
    public void A_momentum_that_is_the_share_kept_is_told()
    {
        using var backend = FaultCatalogue.Get("m29").Start();
        var identity = Identification.Run(backend, [NormOp.BatchNorm], DType.F32);

        Assert.Equal(
            "α·old + (1 − α)·new: the momentum of the call is the share kept",
            Answer(identity, "running")
        );
        Assert.Contains("S/(m − 1)", Answer(identity, "stored"));
    }

    /// <summary>
    /// Correct kernels of all kinds follow normcheck's convention, none is accused of one pass, and those that compute
    /// y = x·a + b are told from those that form x − μ first.
    /// </summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void A_correct_kernel_is_described(string id)
    {
        using var backend = VariantCatalogue.Get(id).Start();
        var identity = Identification.Run(backend, [NormOp.BatchNorm, NormOp.GroupNorm], DType.F32);

        var normcheck = identity.Nearest.Single(each => each.Name == Conventions.Default.Name);
        Assert.Empty(normcheck.Differences);
        Assert.Equal(
            id.StartsWith("scale-shift", StringComparison.Ordinal) ? "x·a + b" : "(x − μ)·s first",
            Answer(identity, "apply")
        );
    }

    [Fact]
    public void Interleaved_groups_and_parameters_a_group_are_told()
    {
        var mlx = Identify(Conventions.Get("mlx"), NormOp.GroupNorm);
        Assert.Equal("interleaved: c mod G", Answer(mlx, "group-order"));

        var onnx = Identify(Conventions.Get("onnx-gn18"), NormOp.GroupNorm);
        Assert.Equal("one a group", Answer(onnx, "affine-shape"));
    }

    private static Identity Identify(Convention convention, params NormOp[] ops)
    {
        using var backend = new ConventionBackend(convention);
        return Identification.Run(backend, ops.Length > 0 ? ops : NormOps.All, DType.F32);
    }

    private static string Answer(Identity identity, params string[] ids) =>
        identity
            .Ops.SelectMany(op => op.Traits)
            .Where(trait => ids.Contains(trait.Id))
            .Select(trait => trait.Words)
            .Distinct()
            .Single();

    private static IEnumerable<string?> Answers(Convention convention) =>
        from trait in TraitCatalogue.All
        from op in NormOps.All
        where trait.Concerns(op)
        select trait.Of(convention, op);
}
