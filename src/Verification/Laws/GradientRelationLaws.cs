using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>The gradients beside those of related inputs, and beside the forward.</summary>
internal static class GradientRelationLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "gradient-unit",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement =
                "Another unit of x, a power of two, divides dx by it and leaves dγ and dβ alone.",
            Formula = "dx(2ᵏx; 4ᵏε) = 2⁻ᵏ·dx(x; ε)",
            Passes = LawOps.Backwards,
            Check = Unit,
        },
        new()
        {
            Id = "gradient-sign-flip",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement = "Negating x (and the means) negates dγ and leaves dx and dβ alone.",
            Formula = "dx(−x) = dx(x), dγ(−x) = −dγ(x)",
            Passes = LawOps.Backwards,
            Check = SignFlip,
        },
        new()
        {
            Id = "gradient-shift",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement =
                "A constant added to x (and to the running mean) leaves all gradients alone.",
            Formula = "d(x + c) = d(x)",
            Ops =
            [
                NormOp.BatchNorm,
                NormOp.BatchRenorm,
                NormOp.LayerNorm,
                NormOp.InstanceNorm,
                NormOp.GroupNorm,
            ],
            Passes = LawOps.Backwards,
            Check = Shift,
        },
        new()
        {
            Id = "gradient-batch-twice",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement =
                "The same batch twice in one has the same dx, and dγ and dβ twice as large.",
            Formula = "dx([x; x]) = [dx; dx], dγ([x; x]) = 2dγ, dβ([x; x]) = 2dβ",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = LawOps.Backwards,
            Check = BatchTwice,
        },
        new()
        {
            Id = "gradient-saved",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement =
                "Saved statistics and those that a backward computes itself give the same gradients.",
            Formula = "d(x; μ, 1/σ) = d(x)",
            Passes = [NormPass.BackwardTraining],
            Check = Saved,
        },
        new()
        {
            Id = "gradient-own-saved",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "What the forward saves is what the backward reads.",
            Formula = "d(x; saved(f(x))) = d(x)",
            Passes = [NormPass.BackwardTraining],
            Check = OwnSaved,
        },
        new()
        {
            Id = "inference-slope",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Bounded,
            Statement = "In inference dx is dy times the slope of the forward.",
            Formula = "dx·(x − mean) = dy·(y − β)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.BackwardInference],
            Check = InferenceSlope,
        },
        new()
        {
            Id = "inference-gradient-without-x",
            Topic = LawTopic.Gradient,
            Kind = LawKind.Exact,
            Statement = "In inference dx depends neither on x nor on the running mean.",
            Formula = "∂dx/∂x = ∂dx/∂mean = 0",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.BackwardInference],
            Check = InferenceWithoutX,
        },
    ];

    private static LawOutcome Unit(LawBench bench) =>
        !bench.Problem.HasFreeEpsilon() || bench.Problem.Convention.Saved == SavedStatistic.Variance
            ? LawConventions.Other
            : PowersOfTwo.CompareUnits(
                bench,
                bench.Call,
                PowersOfTwo.Exponent(bench, 61),
                role => role == TensorRole.Dx ? -1 : 0
            );

    private static LawOutcome SignFlip(LawBench bench)
    {
        var flipped = bench
            .Call.Map(TensorRole.X, value => -value)
            .Map(TensorRole.RunningMean, value => -value)
            .Map(TensorRole.SavedMean, value => -value);
        if (!bench.Base(out var plain) || !bench.Ask(flipped, out var other))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain.Roles.Select(role =>
                LawBench.Same(
                    role,
                    [
                        .. plain[role]
                            .Select(value => 0 + (role == TensorRole.DGamma ? -value : value)),
                    ],
                    [.. other[role].Select(value => value + 0)]
                )
            )
        );
    }

    private static LawOutcome Shift(LawBench bench)
    {
        var random = bench.Random(62);
        var here = bench.Call.OnGrid(random).Resaved();
        var there = here.Shifted(MadeData.Distance(bench.Problem.DType, random));
        return Alike(bench, here, there);
    }

    private static LawOutcome BatchTwice(LawBench bench)
    {
        var twice = bench.Call.Doubled(0);
        if (!bench.Read(out var once) || !bench.Read(twice, out var both))
        {
            return bench.Missing;
        }

        // The means A and B of the group stay, the sums dγ and dβ double.
        return LawOutcome.All(
            twice
                .Outputs()
                .Select(role => Relation.Equal(role.Name(), both.Near(role).Zip(Wanted(role))))
        );

        IEnumerable<Near> Wanted(TensorRole role)
        {
            var near = once.Near(role);
            return role == TensorRole.Dx
                ? MadeData.Repeated(bench.Problem, 0).Select(i => near[i])
                : near.Select(value => 2 * value);
        }
    }

    private static LawOutcome Saved(LawBench bench) =>
        bench.Problem.Saved
            ? Alike(bench, bench.Call, bench.Call.Unsaved())
            : LawOutcome.Skip("there are no saved statistics");

    private static LawOutcome OwnSaved(LawBench bench)
    {
        if (!bench.Read(bench.Call.Bare(), out var forward))
        {
            return bench.Missing;
        }

        if (
            forward.Call.Outputs().Any(role => !forward.Answer.Has(role) || forward.IsCoarser(role))
            || bench.Problem.Convention.Saved == SavedStatistic.Variance
        )
        {
            return LawOutcome.Skip("not all statistics are saved in their own type");
        }

        // Forward and backward are one evaluation of the page, as is a backward alone.
        var read = bench.Call.For(
            bench.Problem with
            {
                Saved = true,
            },
            (TensorRole.SavedMean, forward[TensorRole.SavedMean]),
            (TensorRole.SavedInvStd, forward[TensorRole.SavedInvStd])
        );
        return Alike(bench, read, bench.Call.Unsaved());
    }

    /// <summary>Both have the same truth.</summary>
    private static LawOutcome Alike(LawBench bench, Call first, Call second) =>
        bench.Read(first, out var one) && bench.Read(second, out var other)
            ? LawOutcome.All(first.Outputs().Select(role => Relation.Equal(role, one, other)))
            : bench.Missing;

    private static LawOutcome InferenceSlope(LawBench bench)
    {
        if (bench.Problem.Convention.GammaOffset != 0 || !bench.Problem.HasExactGradient())
        {
            return LawConventions.Other;
        }

        var call = bench.Call.For(
            bench.Problem with
            {
                Pass = NormPass.ForwardInference,
                GradientLayout = null,
                Affine = bench.Problem.Affine & ~AffineParts.Shift,
            }
        );
        if (!bench.Read(out var own) || !bench.Read(call, out var forward))
        {
            return bench.Missing;
        }

        // dx = γ·dy/σ and y = γ(x − mean)/σ: both sides are γ·dy·(x − mean)/σ.
        var (x, dy) = (call[TensorRole.X], bench.Call[TensorRole.Dy]);
        var (dx, y) = (own.Near(TensorRole.Dx), forward.Near(TensorRole.Y));
        var mean = call[TensorRole.RunningMean];
        var channel = own.GroupOfElement();
        return Relation.Equal(
            "dx·(x − mean)",
            dx.Select((dx, i) => (dx * ((Near)x[i] - mean[channel[i]]), dy[i] * y[i]))
        );
    }

    private static LawOutcome InferenceWithoutX(LawBench bench)
    {
        var moved = bench
            .Call.Map(TensorRole.X, value => 1 - (0.5 * value))
            .Map(TensorRole.RunningMean, value => 2 + (0.5 * value));
        if (!moved.IsFinite || !bench.Call.IsFinite)
        {
            return LawOutcome.Skip("x is not finite");
        }

        return bench.Base(out var plain) && bench.Ask(moved, out var other)
            ? LawBench.Same(TensorRole.Dx, plain[TensorRole.Dx], other[TensorRole.Dx])
            : bench.Missing;
    }
}
