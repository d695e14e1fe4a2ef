using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What does not matter in batch renormalization, to the last bit.</summary>
internal static class RenormConstantLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "renorm-clip-idle",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement = "A clip that nothing comes near does nothing, and a wider one the same.",
            Formula = "r ≪ rmax, |d| ≪ dmax ⇒ f(rmax, dmax) = f(2rmax, 4dmax)",
            Ops = LawOps.Renorm,
            Passes = [NormPass.ForwardTraining, NormPass.BackwardTraining],
            Check = ClipIdle,
        },
        new()
        {
            Id = "renorm-statistics-unclipped",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement = "Saved and running statistics do not depend on the clips.",
            Formula = "run(rmax, dmax) = run(rmax', dmax')",
            Ops = LawOps.Renorm,
            Passes = [NormPass.ForwardTraining],
            Check = StatisticsUnclipped,
        },
        new()
        {
            Id = "renorm-before-update",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement =
                "Outputs do not depend on the momentum: what is used is what was there before the step.",
            Formula = "y(α) = y(α')",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.ForwardTraining],
            Check = BeforeUpdate,
        },
        new()
        {
            Id = "renorm-inference-without-epsilon",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement =
                "Inference takes the running σ as it is, whatever ε is: it has its ε inside already.",
            Formula = "infer(ε) = infer(ε')",
            Ops = LawOps.Renorm,
            Passes = [NormPass.ForwardInference, NormPass.BackwardInference],
            Check = InferenceWithoutEpsilon,
        },
        new()
        {
            Id = "renorm-gradient-without-mean",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement =
                "d is a constant in the gradient: dx depends neither on the running mean nor on dmax.",
            Formula = "∂dx/∂mean = ∂dx/∂dmax = 0",
            Ops = LawOps.Renorm,
            Passes = [NormPass.BackwardTraining],
            Check = GradientWithoutMean,
        },
    ];

    private static LawOutcome ClipIdle(LawBench bench)
    {
        if (!bench.Problem.HasPaperRenorm())
        {
            return LawConventions.Other;
        }

        const double Far = 1 << 20;
        if (!bench.Read(bench.Call.Clipped(Far, Far).Bare(), out var bare))
        {
            return bench.Missing;
        }

        var mean = bare.Near(TensorRole.SavedMean);
        var idle = bare.Ratios()
            .Select(
                (r, j) =>
                    r.Value + r.Error < Far / 4
                    && r.Value - r.Error > 4 / Far
                    && mean[j] - bare.Call[TensorRole.RunningMean][j] is var away
                    && Math.Abs(away.Value) + away.Error
                        < Far / 4 * bare.Call[TensorRole.RunningStd][j]
            );
        if (!idle.All(each => each))
        {
            return LawOutcome.Skip("r or d comes near the clip");
        }

        return Same(
            bench,
            bench.Call.Clipped(Far, Far),
            bench.Call.Clipped(2 * Far, 4 * Far),
            _ => true
        );
    }

    private static LawOutcome StatisticsUnclipped(LawBench bench) =>
        Same(
            bench,
            bench.Call,
            bench.Call.Clipped(bench.Problem.RMax == 1 ? 2 : 1, bench.Problem.DMax == 0 ? 3 : 0),
            role => role != TensorRole.Y
        );

    private static LawOutcome BeforeUpdate(LawBench bench) =>
        Same(
            bench,
            bench.Call,
            bench.Call.For(
                bench.Problem with
                {
                    Momentum = bench.Problem.Momentum < 0.5 ? 0.75 : 0.125,
                }
            ),
            role => role is TensorRole.Y or TensorRole.SavedMean or TensorRole.SavedInvStd
        );

    private static LawOutcome InferenceWithoutEpsilon(LawBench bench) =>
        bench.Problem.HasPaperRenorm()
            ? Same(
                bench,
                bench.Call,
                bench.Call.For(
                    bench.Problem with
                    {
                        Epsilon = bench.Problem.Epsilon < 0.5 ? 1 : 0,
                    }
                ),
                _ => true
            )
            : LawConventions.Other;

    private static LawOutcome GradientWithoutMean(LawBench bench) =>
        Same(
            bench,
            bench.Call,
            bench
                .Call.Map(TensorRole.RunningMean, value => 1 + (0.5 * value))
                .Clipped(bench.Problem.RMax, bench.Problem.DMax == 0 ? 3 : 0),
            role => role == TensorRole.Dx
        );

    private static LawOutcome Same(
        LawBench bench,
        Call first,
        Call second,
        Func<TensorRole, bool> chosen
    ) =>
        bench.Ask(first, out var one) && bench.Ask(second, out var other)
            ? LawOutcome.All(
                one.Roles.Where(chosen).Select(role => LawBench.Same(role, one[role], other[role]))
            )
            : bench.Missing;
}
