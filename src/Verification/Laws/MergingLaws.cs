using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>
/// Statistics of parts merged are those of the whole. With means μₖ and 1/σₖ of parts of nₖ elements,
/// v + ε = Σ nₖ(vₖ + ε)/n + Σ nₖ(μₖ − μ)²/n: ε goes through, so 1/σ² can be merged as it is.
/// </summary>
internal static class MergingLaws
{
    private static readonly NormPass[] s_forward = [NormPass.ForwardTraining];

    private static readonly NormOp[] s_rows =
    [
        NormOp.LayerNorm,
        NormOp.RmsNorm,
        NormOp.InstanceNorm,
    ];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "merge-two-parts",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement =
                "Mean and variance of a row are those of its two parts merged, wherever it is cut.",
            Formula = "n(v + ε) = n₁(v₁ + ε) + n₂(v₂ + ε) + (n₁n₂/n)(μ₁ − μ₂)²",
            Ops = s_rows,
            Passes = s_forward,
            Check = bench => Rows(bench, m => [1 + bench.Random(51).Below(m - 1)]),
        },
        new()
        {
            Id = "merge-one-element",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement =
                "Mean and variance of a row are those of all but its last element, and that one, merged.",
            Formula = "μ = μ₁ + (xₘ − μ₁)/m",
            Ops = s_rows,
            Passes = s_forward,
            Check = bench => Rows(bench, m => [m - 1]),
        },
        new()
        {
            Id = "merge-three-parts",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement = "Mean and variance of a row are those of three parts merged.",
            Formula = "n(v + ε) = Σ nₖ(vₖ + ε) + Σ nₖ(μₖ − μ)²",
            Ops = s_rows,
            Passes = s_forward,
            Check = bench => Rows(bench, m => m < 3 ? [1] : [m / 3, m - (m / 4) - 1]),
        },
        new()
        {
            Id = "merge-batches",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement =
                "Statistics of a batch are those of its first quarter and of the rest merged.",
            Formula = "n(v + ε) = n₁(v₁ + ε) + n₂(v₂ + ε) + (n₁n₂/n)(μ₁ − μ₂)²",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = s_forward,
            Check = Batches,
        },
        new()
        {
            Id = "merge-instances-to-batch",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement =
                "Batch norm's statistics are those of instance norm merged over the samples.",
            Formula = "n(v + ε) = Σ nₖ(vₖ + ε) + Σ nₖ(μₖ − μ)² over samples",
            Ops = [NormOp.BatchNorm, NormOp.InstanceNorm],
            Passes = s_forward,
            Check = bench => Instances(bench, NormOp.BatchNorm, bench.Problem.Channels),
        },
        new()
        {
            Id = "merge-channels-to-group",
            Topic = LawTopic.Merging,
            Kind = LawKind.Bounded,
            Statement =
                "Group norm's statistics are those of instance norm merged over the channels of a group.",
            Formula = "n(v + ε) = Σ nₖ(vₖ + ε) + Σ nₖ(μₖ − μ)² over channels",
            Ops = [NormOp.GroupNorm, NormOp.InstanceNorm],
            Passes = s_forward,
            Check = bench =>
                Instances(
                    bench,
                    NormOp.GroupNorm,
                    bench.Problem.Op == NormOp.GroupNorm ? bench.Problem.Groups : 1
                ),
        },
    ];

    /// <summary>Mean and 1/σ² of a group, each within what the contract allows, and the size of the group.</summary>
    private readonly record struct Moments(double Count, Enclosure Mean, Enclosure Square);

    /// <summary>The statistics only: no parameters, saved statistics asked for.</summary>
    private static NormProblem Bare(NormProblem problem) =>
        problem with
        {
            Affine = AffineParts.None,
            Saved = true,
            Running = problem.Op == NormOp.BatchRenorm,
        };

    private static Moments[]? Ask(LawBench bench, Call call)
    {
        if (!bench.Ask(call, out var answer) || !answer.Has(TensorRole.SavedInvStd))
        {
            return null;
        }

        var inverse = answer[TensorRole.SavedInvStd];
        var ofInverse = bench.Bounds(call, TensorRole.SavedInvStd, answer);
        var centred = answer.Has(TensorRole.SavedMean);
        var mean = answer[TensorRole.SavedMean];
        var ofMean = centred ? bench.Bounds(call, TensorRole.SavedMean, answer) : [];
        return
        [
            .. inverse.Select(
                (s, j) =>
                    new Moments(
                        call.Problem.GroupSize,
                        centred ? Enclosure.Around(mean[j], ofMean[j]) : default,
                        Enclosure.Around(s, ofInverse[j]).InverseSquare()
                    )
            ),
        ];
    }

    /// <summary>Chan's formula, part by part, on intervals that hold the true numbers.</summary>
    private static Moments Merge(Moments left, Moments right)
    {
        var count = left.Count + right.Count;
        var (a, b) = (left.Count / count, right.Count / count);
        return new(
            count,
            (a * left.Mean) + (b * right.Mean),
            (a * left.Square) + (b * right.Square) + (a * b * (left.Mean - right.Mean).Squared())
        );
    }

    /// <summary>The whole and its parts hold the same true numbers, so their intervals have some in common.</summary>
    private static LawOutcome Agree(Moments[] whole, Func<int, Moments> merged)
    {
        var claims = false;
        for (var j = 0; j < whole.Length; j++)
        {
            var parts = merged(j);
            if (Differ(whole[j].Mean, parts.Mean))
            {
                return Broken("mean", j, whole[j].Mean, parts.Mean);
            }

            if (Differ(whole[j].Square, parts.Square))
            {
                return Broken("variance + ε", j, whole[j].Square, parts.Square);
            }

            claims |= whole[j].Square.IsKnown && parts.Square.IsKnown;
        }

        return claims ? LawOutcome.Holds : LawOutcome.Skip("nothing is claimed of this case");

        bool Differ(Enclosure one, Enclosure other)
        {
            var known = one.IsKnown && other.IsKnown;
            claims |= known && one != default;
            return known && !one.Meets(other);
        }

        static LawOutcome Broken(string what, int group, Enclosure whole, Enclosure parts) =>
            LawOutcome.Broken(
                $"{what} of group {group} is {ProblemText.Number(whole.Middle)}, of its parts {ProblemText.Number(parts.Middle)}"
            );
    }

    /// <summary>Cuts every row at the same places.</summary>
    private static LawOutcome Rows(LawBench bench, Func<int, int[]> cuts)
    {
        var problem = Bare(bench.Problem);
        var box = LawShapes.BoxOf(problem);
        if (box.Positions == 1 || !LawShapes.HasInverseStd(problem.Convention))
        {
            return LawOutcome.Skip("nothing to merge");
        }

        var channels = problem.Op.HasChannels();
        var call = bench.Call.For(problem);
        var whole = Ask(bench, call);
        int[] ends = [0, .. cuts(box.Positions), box.Positions];
        var parts = ends.Zip(ends.Skip(1))
            .Where(part => part.Second > part.First)
            .Select(part =>
            {
                var size = part.Second - part.First;
                var own = new Box(box.Samples, box.Lines, size);
                var shape = channels
                    ? new Shape(own.Samples, own.Lines, size)
                    : new Shape(own.Samples * own.Lines, size);
                var smaller = (problem with { Shape = shape, Axis = channels ? 0 : 1 }).Validated();
                return Correspondence
                    .Of(
                        call,
                        smaller,
                        flat =>
                        {
                            var (n, line, s) = own.Of(flat);
                            return box.At(n, line, part.First + s);
                        }
                    )
                    .Second;
            })
            .Select(part => Ask(bench, part))
            .ToArray();
        return whole is null || parts.Any(part => part is null)
            ? Unanswered(bench)
            : Agree(whole, j => parts.Select(part => part![j]).Aggregate(Merge));
    }

    private static LawOutcome Batches(LawBench bench)
    {
        var call = bench.Call.For(
            Bare(bench.Problem),
            [.. LawShapes.Running.Select(role => (role, bench.Call[role]))]
        );
        var box = LawShapes.BoxOf(call.Problem);
        if (box.Samples == 1 || !LawShapes.HasInverseStd(call.Problem.Convention))
        {
            return LawOutcome.Skip("nothing to merge");
        }

        var quarter = Math.Max(box.Samples / 4, 1);
        var each = box.Lines * box.Positions;
        Moments[]? Part(int first, int count) =>
            Ask(
                bench,
                Correspondence
                    .Of(
                        call,
                        LawShapes.WithExtent(call.Problem, 0, count),
                        flat => (first * each) + flat
                    )
                    .Second
            );
        return
            Ask(bench, call) is { } whole
            && Part(0, quarter) is { } left
            && Part(quarter, box.Samples - quarter) is { } right
            ? Agree(whole, j => Merge(left[j], right[j]))
            : Unanswered(bench);
    }

    /// <summary>Instance norm has the finest groups: those of another op are unions of them.</summary>
    private static LawOutcome Instances(LawBench bench, NormOp op, int groups)
    {
        var problem = Bare(bench.Problem) with { Running = false };
        if (!LawShapes.HasInverseStd(problem.Convention))
        {
            return LawOutcome.Skip("nothing to merge");
        }

        var wide = bench.Call.For(
            problem with
            {
                Op = op,
                Groups = op == NormOp.GroupNorm ? groups : 1,
            }
        );
        var fine = bench.Call.For(problem with { Op = NormOp.InstanceNorm, Groups = 1 });
        var instances = Reference.Partitions.Of(fine.Problem);
        var unions = Reference.Partitions.Of(wide.Problem);
        var owner = new int[wide[TensorRole.X].Length];
        for (var j = 0; j < instances.Groups.Length; j++)
        {
            foreach (var element in instances.Groups[j])
            {
                owner[element] = j;
            }
        }

        return Ask(bench, wide) is { } whole && Ask(bench, fine) is { } parts
            ? Agree(
                whole,
                j =>
                    unions
                        .Groups[j]
                        .Select(element => owner[element])
                        .Distinct()
                        .Select(part => parts[part])
                        .Aggregate(Merge)
            )
            : Unanswered(bench);
    }

    private static LawOutcome Unanswered(LawBench bench) =>
        bench.Missing is { Detail.Length: > 0 } missing ? missing : LawOutcome.Skip("no saved statistics");
}
