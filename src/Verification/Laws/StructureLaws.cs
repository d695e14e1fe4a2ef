using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Laws;

/// <summary>Which elements have to do with each other: order, and independence of groups.</summary>
internal static class StructureLaws
{
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
            Check = bench =>
                Permute(bench, samples: true)?.Bounded(bench) ?? LawShapes.Single("sample"),
        },
        new()
        {
            Id = "permute-samples-exact",
            Topic = LawTopic.Structure,
            Kind = LawKind.Placed,
            Statement =
                "Where samples have statistics of their own, their order changes no bit of their outputs.",
            Formula = "f(Px) = P f(x)",
            Ops = LawShapes.PerSample,
            Passes = LawShapes.Plain,
            Check = bench =>
                !LawShapes.HasIndependentSamples(bench.Problem) || !LawShapes.HasRows(bench.Problem)
                    ? LawOutcome.Skip("no samples of their own")
                    : Permute(bench, samples: true)?.Placed(bench, LawShapes.PerElement)
                        ?? LawShapes.Single("sample"),
        },
        new()
        {
            Id = "permute-positions",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Positions in another order, parameters with them: the outputs are in that order.",
            Formula = "f(xP; γP, βP) = f(x; γ, β)P",
            Check = bench =>
                Permute(bench, positions: true)?.Bounded(bench) ?? LawShapes.Single("position"),
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
            Check = bench => Channels(bench)?.Bounded(bench) ?? LawShapes.Single("channel"),
        },
        new()
        {
            Id = "permute-channels-exact",
            Topic = LawTopic.Structure,
            Kind = LawKind.Placed,
            Statement =
                "Where every channel has statistics of its own and its elements in a row, the order of channels changes no bit.",
            Formula = "f(xP; γP, βP) = f(x; γ, β)P",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm, NormOp.InstanceNorm],
            Check = bench =>
                LawShapes.HasRows(bench.Problem)
                    ? Channels(bench)?.Placed(bench) ?? LawShapes.Single("channel")
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
    ];

    private static Correspondence? Permute(
        LawBench bench,
        bool samples = false,
        bool positions = false
    )
    {
        var box = LawShapes.BoxOf(bench.Problem);
        var sample = LawShapes.Shuffle(samples ? box.Samples : 1, bench.Random(1));
        var position = LawShapes.Shuffle(positions ? box.Positions : 1, bench.Random(2));
        return sample.Length * position.Length == 1
            ? null
            : Correspondence.Of(
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
    private static Correspondence? Channels(LawBench bench)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        var together = problem.Op == NormOp.GroupNorm ? problem.Channels / problem.Groups : 1;
        var groups = LawShapes.Shuffle(problem.Channels / together, bench.Random(3));
        var inner = LawShapes.Shuffle(together, bench.Random(4));
        var interleaved = problem.Convention.GroupOrder == GroupOrder.Interleaved;
        return problem.Channels == 1
            ? null
            : Correspondence.Of(
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
            return LawShapes.Single("group");
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
}
