using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Laws;

/// <summary>Which elements have to do with each other: order, independence, batches in parts.</summary>
internal static class StructureLaws
{
    private static readonly NormOp[] s_perSample =
    [
        NormOp.LayerNorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
        NormOp.RmsNorm,
    ];

    private static readonly NormPass[] s_plain =
    [
        NormPass.ForwardTraining,
        NormPass.BackwardTraining,
    ];

    /// <summary>Outputs that have an entry for every element or every group, none for a sum over samples.</summary>
    private static readonly TensorRole[] s_perElement =
    [
        TensorRole.Y,
        TensorRole.Dx,
        .. LawShapes.Saved,
    ];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "permute-samples",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Samples in another order: the outputs are in that order, sums over them stay.",
            Formula = "f(Px) = P f(x)",
            Check = bench => Permute(bench, samples: true)?.Bounded(bench) ?? One("sample"),
        },
        new()
        {
            Id = "permute-samples-exact",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement =
                "Where samples have statistics of their own, their order changes no bit of their outputs.",
            Formula = "f(Px) = P f(x)",
            Ops = s_perSample,
            Passes = s_plain,
            Check = bench =>
                !LawShapes.HasIndependentSamples(bench.Problem) || !LawShapes.HasRows(bench.Problem)
                    ? LawOutcome.Skip("no samples of their own")
                    : Permute(bench, samples: true)?.Exact(bench, s_perElement) ?? One("sample"),
        },
        new()
        {
            Id = "permute-positions",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Positions in another order, parameters with them: the outputs are in that order.",
            Formula = "f(xP; γP, βP) = f(x; γ, β)P",
            Check = bench => Permute(bench, positions: true)?.Bounded(bench) ?? One("position"),
        },
        new()
        {
            Id = "permute-channels",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Channels in another order, with all that belongs to them: the outputs are in that order.",
            Formula = "f(xP; γP, βP) = f(x; γ, β)P",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm, NormOp.InstanceNorm, NormOp.GroupNorm],
            Check = bench => Channels(bench)?.Bounded(bench) ?? One("channel"),
        },
        new()
        {
            Id = "permute-channels-exact",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement =
                "Where every channel has statistics of its own and its elements in a row, the order of channels changes no bit.",
            Formula = "f(xP; γP, βP) = f(x; γ, β)P",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm, NormOp.InstanceNorm],
            Check = bench =>
                LawShapes.HasRows(bench.Problem)
                    ? Channels(bench)?.Exact(bench) ?? One("channel")
                    : LawOutcome.Skip("channels lie side by side"),
        },
        new()
        {
            Id = "group-independence",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement = "Other numbers in one group change no bit that belongs to another group.",
            Formula = "x_j := z ⇒ f(x)_k unchanged for k ≠ j",
            Check = bench => Independence(bench, (_, random) => random.Normal()),
        },
        new()
        {
            Id = "group-independence-nan",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement = "A NaN in one group changes no bit that belongs to another group.",
            Formula = "x_j ∋ NaN ⇒ f(x)_k unchanged for k ≠ j",
            Check = bench =>
                Independence(bench, (old, random) => random.Chance(0.3) ? double.NaN : old),
        },
        new()
        {
            Id = "group-independence-infinity",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement = "An infinity in one group changes no bit that belongs to another group.",
            Formula = "x_j ∋ ±∞ ⇒ f(x)_k unchanged for k ≠ j",
            Check = bench =>
                Independence(
                    bench,
                    (old, random) =>
                        random.Chance(0.3) ? double.PositiveInfinity
                        : random.Chance(0.2) ? double.NegativeInfinity
                        : old
                ),
        },
        new()
        {
            Id = "sample-alone",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement =
                "Where samples have statistics of their own, a sample alone gives the bits that it gives in the batch.",
            Formula = "f(x)ₙ = f(xₙ)",
            Ops = s_perSample,
            Passes = s_plain,
            Check = bench =>
                Part(bench, samples => bench.Random(6).Below(samples), _ => 1)
                    ?.Exact(bench, s_perElement)
                ?? One("sample"),
        },
        new()
        {
            Id = "batch-tail",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement =
                "The batch without its first quarter gives the bits of the whole batch there.",
            Formula = "f(x)ₙ = f(x_{k…})ₙ₋ₖ",
            Ops = s_perSample,
            Passes = s_plain,
            Check = bench =>
                Part(bench, Quarter, samples => samples - Quarter(samples))
                    ?.Exact(bench, s_perElement)
                ?? One("sample"),
        },
        new()
        {
            Id = "sample-alone-frozen",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "With statistics given, a sample alone gives what it gives in the batch.",
            Formula = "f(x)ₙ = f(xₙ)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.ForwardInference, NormPass.BackwardInference],
            Check = bench =>
                Part(bench, samples => bench.Random(6).Below(samples), _ => 1)
                    ?.Bounded(bench, s_perElement)
                ?? One("sample"),
        },
        new()
        {
            Id = "gradient-of-parts",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "dγ and dβ of a batch are the sums of those of its first quarter and of the rest.",
            Formula = "dγ(x) = dγ(x_{<k}) + dγ(x_{≥k})",
            Passes = [NormPass.BackwardTraining, NormPass.BackwardInference],
            Check = GradientOfParts,
        },
        new()
        {
            Id = "equal-samples",
            Topic = LawTopic.Structure,
            Kind = LawKind.Exact,
            Statement = "A batch of one sample over and over gives the same bits over and over.",
            Formula = "xₙ = x₀ ⇒ f(x)ₙ = f(x)₀",
            Ops = s_perSample,
            Passes = s_plain,
            Check = EqualSamples,
        },
    ];

    private static LawOutcome One(string what) => LawOutcome.Skip($"one {what} only");

    private static int Quarter(int samples) => Math.Max(samples / 4, 1);

    private static Relation? Permute(LawBench bench, bool samples = false, bool positions = false)
    {
        var box = LawShapes.BoxOf(bench.Problem);
        var sample = LawShapes.Shuffle(samples ? box.Samples : 1, bench.Random(1));
        var position = LawShapes.Shuffle(positions ? box.Positions : 1, bench.Random(2));
        return sample.Length * position.Length == 1
            ? null
            : Relation.Of(
                bench.Call,
                bench.Problem,
                flat =>
                {
                    var (n, line, s) = box.Of(flat);
                    return box.At(samples ? sample[n] : n, line, positions ? position[s] : s);
                }
            );
    }

    /// <summary>Permutes channels so that those of a group stay together: groups, then the channels of each.</summary>
    private static Relation? Channels(LawBench bench)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        var together = problem.Op == NormOp.GroupNorm ? problem.Channels / problem.Groups : 1;
        var groups = LawShapes.Shuffle(problem.Channels / together, bench.Random(3));
        var inner = LawShapes.Shuffle(together, bench.Random(4));
        var interleaved = problem.Convention.GroupOrder == GroupOrder.Interleaved;
        return problem.Channels == 1
            ? null
            : Relation.Of(
                bench.Call,
                problem,
                flat =>
                {
                    var (n, c, s) = box.Of(flat);
                    var from =
                        interleaved && together > 1
                            ? (inner[c / groups.Length] * groups.Length) + groups[c % groups.Length]
                            : (groups[c / together] * together) + inner[c % together];
                    return box.At(n, from, s);
                }
            );
    }

    private static LawOutcome Independence(
        LawBench bench,
        Func<double, SeededRandom, double> change
    )
    {
        var partition = Partitions.Of(bench.Problem);
        var random = bench.Random(5);
        var group = random.Below(partition.Groups.Length);
        var members = partition.Groups[group].ToHashSet();
        var slots = members.Select(element => partition.Slot[element]).ToHashSet();
        double[] Changed(TensorRole role) =>
            [
                .. bench
                    .Call[role]
                    .Select((old, i) => members.Contains(i) ? change(old, random) : old),
            ];
        var other = bench
            .Call.With(TensorRole.X, Changed(TensorRole.X))
            .With(TensorRole.Dy, Changed(TensorRole.Dy))
            .Resaved();
        if (partition.Groups.Length == 1)
        {
            return One("group");
        }

        if (!bench.Base(out var before) || !bench.Ask(other, out var after))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            before.Roles.Select(role =>
            {
                var touched =
                    LawShapes.Data.Contains(role) ? members
                    : LawShapes.IsParameter(role) ? slots
                    : [group];
                double[] Rest(double[] values) =>
                    [.. values.Select((value, i) => touched.Contains(i) ? 0 : value)];
                return touched.Count == before[role].Length
                    ? LawOutcome.Skip("every entry belongs to the group")
                    : LawBench.Same(role, Rest(before[role]), Rest(after[role]));
            })
        );
    }

    /// <summary>The whole batch and some samples of it; null where there is no smaller batch.</summary>
    private static Relation? Part(LawBench bench, Func<int, int> first, Func<int, int> count)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        if (!LawShapes.HasIndependentSamples(problem) || box.Samples == 1)
        {
            return null;
        }

        var start = first(box.Samples) * box.Lines * box.Positions;
        var part = LawShapes.WithExtent(problem, 0, count(box.Samples));
        return Relation.Of(bench.Call, part, flat => start + flat);
    }

    private static LawOutcome GradientOfParts(LawBench bench)
    {
        var left = Part(bench, _ => 0, Quarter);
        var right = Part(bench, Quarter, samples => samples - Quarter(samples));
        if (left is null || right is null)
        {
            return One("sample");
        }

        if (
            !bench.Base(out var whole)
            || !bench.Ask(left.Second, out var one)
            || !bench.Ask(right.Second, out var two)
        )
        {
            return bench.Missing;
        }

        // The sum of two answers is off by both bounds and by the rounding of the sum itself.
        return LawOutcome.All(
            whole
                .Roles.Where(LawShapes.IsParameter)
                .Select(role =>
                {
                    var (a, b) = (one[role], two[role]);
                    var bounds = new[]
                    {
                        bench.Bounds(bench.Call, role, whole),
                        bench.Bounds(left.Second, role, one),
                        bench.Bounds(right.Second, role, two),
                    };
                    return LawBench.Within(
                        role,
                        [.. a.Zip(b, (x, y) => x + y)],
                        whole[role],
                        [
                            .. a.Select(
                                (_, i) =>
                                    bounds.Sum(bound => bound[i]) + LawMath.Rounding(a[i], b[i])
                            ),
                        ]
                    );
                })
        );
    }

    private static LawOutcome EqualSamples(LawBench bench)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        if (!LawShapes.HasIndependentSamples(problem) || box.Samples == 1)
        {
            return One("sample");
        }

        var each = box.Lines * box.Positions;
        var equal = Relation.Of(bench.Call, problem, flat => flat % each);
        var next = Relation.Of(equal.Second, problem, flat => (flat + each) % box.Count);
        return bench.Ask(equal.Second, out var answer)
            ? LawOutcome.All(
                s_perElement
                    .Where(answer.Has)
                    .Select(role =>
                        LawBench.Same(role, next.Carry(role, answer[role]), answer[role])
                    )
            )
            : bench.Missing;
    }
}
