using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Batch renormalization beside batch norm and inference, and its r and d.</summary>
internal static class RenormLaws
{
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
            Ops = LawOps.Renorm,
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
            Ops = LawOps.Renorm,
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
            Ops = LawOps.Renorm,
            Passes = [NormPass.ForwardTraining],
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
            Ops = LawOps.Renorm,
            Passes = [NormPass.ForwardTraining],
            Check = Correction,
        },
        new()
        {
            Id = "renorm-gradient-correction",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "dx is that of batch norm times the clipped ratio of the saved σ to the running one.",
            Formula = "dx(renorm) = dx(bn)·clip(σ/std, 1/rmax, rmax)",
            Ops = LawOps.Renorm,
            Passes = [NormPass.BackwardTraining],
            Check = GradientCorrection,
        },
        new()
        {
            Id = "renorm-gradient-ratio",
            Topic = LawTopic.Renorm,
            Kind = LawKind.Bounded,
            Statement =
                "r is a constant in the gradient: dx is that of batch norm times one number a channel.",
            Formula = "dxᵢ(renorm)·dxⱼ(bn) = dxⱼ(renorm)·dxᵢ(bn)",
            Ops = LawOps.Renorm,
            Passes = [NormPass.BackwardTraining],
            Check = GradientRatio,
        },
    ];

    private static LawOutcome IsBatchNorm(LawBench bench)
    {
        if (!bench.Problem.HasPaperRenorm())
        {
            return LawConventions.Other;
        }

        var plain = bench.Call.AsBatchNorm();
        if (!bench.Read(bench.Call.Clipped(1, 0), out var own) || !bench.Read(plain, out var batch))
        {
            return bench.Missing;
        }

        // x̂·1 + 0: the truths are the same.
        return LawOutcome.All(plain.Outputs().Select(role => Relation.Equal(role, own, batch)));
    }

    private static LawOutcome IsInference(LawBench bench)
    {
        if (!bench.Problem.HasPaperRenorm())
        {
            return LawConventions.Other;
        }

        var backward = bench.Problem.Pass.IsBackward();
        var open = bench.Call.Clipped(double.PositiveInfinity, double.PositiveInfinity);
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
        if (!bench.Problem.HasPaperRenorm())
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
        if (!bench.Problem.HasPaperRenorm())
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
        var ratio = bare.Ratios();
        var xhat = Normalized.FromSaved(bare);
        var channel = bare.GroupOfElement();
        return Relation.Equal(
            "y",
            bare.Near(TensorRole.Y)
                .Select(
                    (y, i) =>
                    {
                        var j = channel[i];
                        var d = Renormalized.Clip(
                            -bench.Problem.DMax,
                            bench.Problem.DMax,
                            (mean[j] - oldMean[j]) / std[j]
                        );
                        return (y, (xhat[i] * ratio[j]) + d);
                    }
                )
        );
    }

    private static LawOutcome GradientCorrection(LawBench bench)
    {
        if (!bench.Problem.HasPaperRenorm())
        {
            return LawConventions.Other;
        }

        if (
            !bench.Read(out var own)
            || !bench.Read(bench.Call.AsBatchNorm(), out var batch)
            || !bench.Read(bench.Call.Bare(), out var forward)
        )
        {
            return bench.Missing;
        }

        // The formula on the backend's own statistics; all outputs carry their bounds.
        var plain = batch.Near(TensorRole.Dx);
        var ratio = forward.Ratios();
        var channel = own.GroupOfElement();
        return Relation.Equal(
            "dx",
            own.Near(TensorRole.Dx).Select((dx, i) => (dx, plain[i] * ratio[channel[i]]))
        );
    }

    private static LawOutcome GradientRatio(LawBench bench)
    {
        if (!bench.Problem.HasPaperRenorm())
        {
            return LawConventions.Other;
        }

        if (!bench.Read(out var own) || !bench.Read(bench.Call.AsBatchNorm(), out var batch))
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
}
