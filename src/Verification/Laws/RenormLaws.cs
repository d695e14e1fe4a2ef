using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Batch renormalization beside batch norm, inference and its own clips.</summary>
internal static class RenormLaws
{
    private static readonly NormOp[] s_renorm = [NormOp.BatchRenorm];
    private static readonly NormPass[] s_forward = [NormPass.ForwardTraining];
    private static readonly NormPass[] s_backward = [NormPass.BackwardTraining];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "renorm-is-batch-norm",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "With r clipped to 1 and d to 0 renorm is batch norm, outputs and gradients.",
            Formula = "rmax = 1, dmax = 0 ⇒ renorm = bn",
            Ops = s_renorm,
            Passes = [NormPass.ForwardTraining, NormPass.BackwardTraining],
            Check = IsBatchNorm,
        },
        new()
        {
            Id = "renorm-is-inference",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement = "Unclipped renorm normalizes with the running values of before the step.",
            Formula = "rmax = dmax = ∞ ⇒ y = γ(x − mean)/std + β, dγ = Σdy(x − mean)/std",
            Ops = s_renorm,
            Passes = [NormPass.ForwardTraining, NormPass.BackwardTraining],
            Check = IsInference,
        },
        new()
        {
            Id = "renorm-clip-reach",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement = "r and d, as y shows them, keep within their clips.",
            Formula = "1/rmax ≤ r ≤ rmax, −dmax ≤ d ≤ dmax",
            Ops = s_renorm,
            Passes = s_forward,
            Check = ClipReach,
        },
        new()
        {
            Id = "renorm-correction",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "r and d are the clipped ratio and distance of the saved statistics to the running ones.",
            Formula = "y = x̂·clip(σ/std, 1/rmax, rmax) + clip((μ − mean)/std, ±dmax)",
            Ops = s_renorm,
            Passes = s_forward,
            Check = Correction,
        },
        new()
        {
            Id = "renorm-clip-idle",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement = "A clip that nothing comes near does nothing, and a wider one the same.",
            Formula = "r ≪ rmax, |d| ≪ dmax ⇒ f(rmax, dmax) = f(2rmax, 4dmax)",
            Ops = s_renorm,
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
            Ops = s_renorm,
            Passes = s_forward,
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
            Passes = s_forward,
            Check = BeforeUpdate,
        },
        new()
        {
            Id = "renorm-gradient-ratio",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "r is a constant in the gradient: dx is that of batch norm times one number a channel.",
            Formula = "dxᵢ(renorm)·dxⱼ(bn) = dxⱼ(renorm)·dxᵢ(bn)",
            Ops = s_renorm,
            Passes = s_backward,
            Check = GradientRatio,
        },
        new()
        {
            Id = "renorm-gradient-correction",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "dx is that of batch norm times the clipped ratio of the saved σ to the running one.",
            Formula = "dx(renorm) = dx(bn)·clip(σ/std, 1/rmax, rmax)",
            Ops = s_renorm,
            Passes = s_backward,
            Check = GradientCorrection,
        },
        new()
        {
            Id = "renorm-gradient-without-mean",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Exact,
            Statement =
                "d is a constant in the gradient: dx depends neither on the running mean nor on dmax.",
            Formula = "∂dx/∂mean = ∂dx/∂dmax = 0",
            Ops = s_renorm,
            Passes = s_backward,
            Check = GradientWithoutMean,
        },
    ];

    /// <summary>The same numbers in batch norm.</summary>
    private static Call AsBatchNorm(Call call) =>
        call.For(
            call.Problem with
            {
                Op = NormOp.BatchNorm,
                Running = false,
                RMax = double.PositiveInfinity,
                DMax = double.PositiveInfinity,
            }
        );

    private static Call Clipped(Call call, double rMax, double dMax) =>
        call.For(call.Problem with { RMax = rMax, DMax = dMax });

    /// <summary>Conventions may treat σ = 0 in batch norm alone in a way of their own.</summary>
    private static bool IsPaper(NormProblem problem) =>
        problem.Convention.Renorm == RenormRule.Paper && problem.IsPlain();

    private static LawOutcome IsBatchNorm(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        var plain = AsBatchNorm(bench.Call);
        if (
            !bench.Read(Clipped(bench.Call, 1, 0), out var own) || !bench.Read(plain, out var batch)
        )
        {
            return bench.Missing;
        }

        // x̂·1 + 0: the truths are the same.
        return LawOutcome.All(plain.Outputs().Select(role => Relation.Equal(role, own, batch)));
    }

    private static LawOutcome IsInference(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        var backward = bench.Problem.Pass.IsBackward();
        var open = Clipped(bench.Call, double.PositiveInfinity, double.PositiveInfinity);
        var frozen = open.For(
            open.Problem with
            {
                Pass = backward ? NormPass.BackwardInference : NormPass.ForwardInference,
            }
        );
        if (!bench.Read(open, out var own) || !bench.Read(frozen, out var inference))
        {
            return bench.Missing;
        }

        // x̂·σ/std + (μ − mean)/std = (x − mean)/std: the truths are the same. dx is not, the batch is projected out.
        return LawOutcome.All(
            frozen
                .Outputs()
                .Where(role => role != TensorRole.Dx)
                .Select(role => Relation.Equal(role, own, inference))
        );
    }

    private static LawOutcome ClipReach(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // Σy/m = d since Σx̂ = 0, and between the ends of a group y grows by r·(x_b − x_a)/σ.
        var (x, y) = (bare.Call[TensorRole.X], bare.Near(TensorRole.Y));
        var inverse = bare.Near(TensorRole.SavedInvStd);
        var problem = bench.Problem;
        var (means, low, high) = (
            new List<(Near, Near)>(),
            new List<(Near, Near)>(),
            new List<(Near, Near)>()
        );
        for (var j = 0; j < bare.Groups.Length; j++)
        {
            var group = bare.Groups[j];
            var mean = Near.Sum(group.Select(i => y[i])) / group.Length;
            means.Add((mean, problem.DMax));
            means.Add((-mean, problem.DMax));
            var (least, most) = (group.MinBy(i => x[i]), group.MaxBy(i => x[i]));
            var rise = y[most] - y[least];
            var plain = ((Near)x[most] - x[least]) * inverse[j];
            low.Add((plain / problem.RMax, rise));
            high.Add((rise, problem.RMax * plain));
        }

        return LawOutcome.All(
            Relation.AtMost("|d|", means),
            Relation.AtMost("r from below", low),
            Relation.AtMost("r", high)
        );
    }

    private static LawOutcome Correction(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        if (!bench.Read(bench.Call.Bare(), out var bare))
        {
            return bench.Missing;
        }

        // The formula on the backend's own statistics; all outputs carry their bounds.
        var mean = bare.Near(TensorRole.SavedMean);
        var (oldMean, std) = (bare.Call[TensorRole.RunningMean], bare.Call[TensorRole.RunningStd]);
        var ratio = Ratios(bare);
        var xhat = Normalized.FromSaved(bare);
        var channel = bare.GroupOfElement();
        return Relation.Equal(
            "y",
            bare.Near(TensorRole.Y)
                .Select(
                    (y, i) =>
                    {
                        var j = channel[i];
                        var d = Clip(
                            -bench.Problem.DMax,
                            bench.Problem.DMax,
                            (mean[j] - oldMean[j]) / std[j]
                        );
                        return (y, (xhat[i] * ratio[j]) + d);
                    }
                )
        );
    }

    /// <summary>clip(σ/std, 1/rmax, rmax) of every channel, from the saved 1/σ of a forward.</summary>
    private static Near[] Ratios(Reading forward)
    {
        var std = forward.Call[TensorRole.RunningStd];
        var most = forward.Call.Problem.RMax;
        return
        [
            .. forward
                .Near(TensorRole.SavedInvStd)
                .Select((s, j) => Clip(1 / most, most, 1 / (s * std[j]))),
        ];
    }

    private static Near Clip(double low, double high, Near value) =>
        double.IsPositiveInfinity(high) ? value : Near.Clip(Rounded(low), Rounded(high), value);

    /// <summary>1/rmax was rounded once.</summary>
    private static Near Rounded(double bound) => (Near)1 * bound;

    private static LawOutcome ClipIdle(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        const double Far = 1 << 20;
        if (!bench.Read(Clipped(bench.Call, Far, Far).Bare(), out var bare))
        {
            return bench.Missing;
        }

        var mean = bare.Near(TensorRole.SavedMean);
        var idle = Ratios(bare)
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
            Clipped(bench.Call, Far, Far),
            Clipped(bench.Call, 2 * Far, 4 * Far),
            _ => true
        );
    }

    private static LawOutcome StatisticsUnclipped(LawBench bench) =>
        Same(
            bench,
            bench.Call,
            Clipped(bench.Call, bench.Problem.RMax == 1 ? 2 : 1, bench.Problem.DMax == 0 ? 3 : 0),
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

    private static LawOutcome GradientRatio(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own) || !bench.Read(AsBatchNorm(bench.Call), out var batch))
        {
            return bench.Missing;
        }

        // Both products are r·dxᵢ·dxⱼ; j is where batch norm has its largest.
        var (dx, plain) = (own.Near(TensorRole.Dx), batch.Near(TensorRole.Dx));
        return Relation.Equal(
            "dxᵢ(renorm)·dxⱼ(bn)",
            own.Groups.SelectMany(group =>
            {
                var j = group.MaxBy(i => Math.Abs(plain[i].Value));
                return group.Select(i => (dx[i] * plain[j], dx[j] * plain[i]));
            })
        );
    }

    private static LawOutcome GradientCorrection(LawBench bench)
    {
        if (!IsPaper(bench.Problem))
        {
            return LawConventions.Other;
        }

        if (
            !bench.Read(out var own)
            || !bench.Read(AsBatchNorm(bench.Call), out var batch)
            || !bench.Read(bench.Call.Bare(), out var forward)
        )
        {
            return bench.Missing;
        }

        // The formula on the backend's own statistics; all outputs carry their bounds.
        var plain = batch.Near(TensorRole.Dx);
        var ratio = Ratios(forward);
        var channel = own.GroupOfElement();
        return Relation.Equal(
            "dx",
            own.Near(TensorRole.Dx).Select((dx, i) => (dx, plain[i] * ratio[channel[i]]))
        );
    }

    private static LawOutcome GradientWithoutMean(LawBench bench) =>
        Same(
            bench,
            bench.Call,
            Clipped(
                bench.Call.Map(TensorRole.RunningMean, value => 1 + (0.5 * value)),
                bench.Problem.RMax,
                bench.Problem.DMax == 0 ? 3 : 0
            ),
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
