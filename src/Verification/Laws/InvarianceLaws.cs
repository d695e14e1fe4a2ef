using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Changes of the input that leave y alone, or change it in a known way.</summary>
internal static class InvarianceLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "sign-flip",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Exact,
            Statement =
                "Negating x and β (and the running mean) negates y and leaves 1/σ and the variance alone.",
            Formula = "f(−x; γ, −β) = −f(x; γ, β)",
            Passes = LawOps.Forwards,
            Check = SignFlip,
        },
        new()
        {
            Id = "scale",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Exact,
            Statement =
                "Another unit of x, a power of two, leaves y alone when ε is in that unit too; the statistics take the unit.",
            Formula = "f(2ᵏx; 4ᵏε) = f(x; ε)",
            Passes = LawOps.Forwards,
            Check = bench => Scale(bench, bench.Call, 11),
        },
        new()
        {
            Id = "scale-free",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Exact,
            Statement =
                "Without ε the unit of x does not matter: nothing else in a kernel has one.",
            Formula = "f(2ᵏx; 0) = f(x; 0)",
            Passes = LawOps.Forwards,
            Check = bench => Scale(bench, bench.Call.For(bench.Problem with { Epsilon = 0 }), 12),
        },
        new()
        {
            Id = "shift",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "A constant added to x (and to the running mean) moves the mean and nothing else.",
            Formula = "f(x + c) = f(x), μ(x + c) = μ(x) + c",
            Ops =
            [
                NormOp.BatchNorm,
                NormOp.BatchRenorm,
                NormOp.LayerNorm,
                NormOp.InstanceNorm,
                NormOp.GroupNorm,
            ],
            Passes = LawOps.Forwards,
            Check = Shift,
        },
        new()
        {
            Id = "batch-twice",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "The same batch twice in one has the same statistics and outputs; the running variance changes by its correction.",
            Formula = "f([x; x]) = [f(x); f(x)], v' = v·c(2m)/c(m)",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.ForwardTraining],
            Check = BatchTwice,
        },
        new()
        {
            Id = "positions-twice",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement = "A group that has every element twice has the same statistics and outputs.",
            Formula = "f([x, x]) = [f(x), f(x)]",
            Ops = [NormOp.LayerNorm, NormOp.InstanceNorm, NormOp.GroupNorm, NormOp.RmsNorm],
            Passes = [NormPass.ForwardTraining],
            Check = PositionsTwice,
        },
        new()
        {
            Id = "mirrored",
            Topic = LawTopic.Statistics,
            Kind = LawKind.Bounded,
            Statement =
                "A group that is its own mirror image about 0 has the mean 0 and mirrored outputs.",
            Formula = "xᵢ = −xⱼ in pairs ⇒ μ = 0, x̂ᵢ = −x̂ⱼ",
            Ops =
            [
                NormOp.BatchNorm,
                NormOp.LayerNorm,
                NormOp.InstanceNorm,
                NormOp.GroupNorm,
                NormOp.RmsNorm,
            ],
            Passes = [NormPass.ForwardTraining],
            Check = Mirrored,
        },
    ];

    private static LawOutcome SignFlip(LawBench bench)
    {
        var flipped = bench
            .Call.Map(TensorRole.X, value => -value)
            .Map(TensorRole.Beta, value => -value)
            .Map(TensorRole.RunningMean, value => -value);
        if (!bench.Base(out var plain) || !bench.Ask(flipped, out var other))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            plain.Roles.Select(role =>
                LawBench.Same(
                    role,
                    role is TensorRole.Y or TensorRole.RunningMean or TensorRole.SavedMean
                        ? [.. plain[role].Select(value => 0 - value)]
                        : plain[role],
                    [.. other[role].Select(value => value + 0)]
                )
            )
        );
    }

    private static LawOutcome Scale(LawBench bench, Call call, ulong key)
    {
        if (!bench.Problem.HasFreeEpsilon() || !bench.Problem.StoresMultiple())
        {
            return LawConventions.Other;
        }

        return PowersOfTwo.CompareUnits(
            bench,
            call,
            PowersOfTwo.Exponent(bench, key),
            role =>
                role switch
                {
                    TensorRole.RunningMean or TensorRole.RunningStd or TensorRole.SavedMean => 1,
                    TensorRole.RunningVar => 2,
                    TensorRole.SavedInvStd => bench.Problem.Convention.Saved
                    == SavedStatistic.Variance
                        ? 2
                        : -1,
                    _ => 0,
                }
        );
    }

    private static LawOutcome Shift(LawBench bench)
    {
        var random = bench.Random(13);
        var distance = MadeData.Distance(bench.Problem.DType, random);
        var here = bench.Call.OnGrid(random);
        var there = here.Shifted(distance);
        if (!bench.Read(here, out var plain) || !bench.Read(there, out var moved))
        {
            return bench.Missing;
        }

        // The truths of both calls differ by the distance (means) or not at all.
        return LawOutcome.All(
            here.Outputs()
                .Select(role =>
                    role is TensorRole.RunningMean or TensorRole.SavedMean
                        ? Relation.Equal(
                            role.Name(),
                            moved.Near(role).Zip(plain.Near(role).Select(value => value + distance))
                        )
                        : Relation.Equal(role, moved, plain)
                )
        );
    }

    private static LawOutcome BatchTwice(LawBench bench)
    {
        var twice = bench.Call.Doubled(0);
        if (!bench.Read(out var once) || !bench.Read(twice, out var both))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            twice
                .Outputs()
                .Select(role =>
                    role == TensorRole.RunningVar
                        ? BesselCorrected(bench.Problem, once, both)
                        : Relation.Equal(role.Name(), both.Near(role).Zip(Same(role)))
                )
        );

        IEnumerable<Near> Same(TensorRole role)
        {
            var near = once.Near(role);
            return role == TensorRole.Y
                ? MadeData.Repeated(bench.Problem, 0).Select(i => near[i])
                : near;
        }
    }

    /// <summary>What came in new is c(m)·v and c(2m)·v: crosswise equal.</summary>
    private static LawOutcome BesselCorrected(NormProblem problem, Reading once, Reading both)
    {
        if (!problem.KeepsExponentially() || !problem.StoresMultiple())
        {
            return LawConventions.Other;
        }

        Near single = problem.StoredFactorFor(problem.GroupSize);
        Near doubled = problem.StoredFactorFor(2 * problem.GroupSize);
        var before = once.Call[TensorRole.RunningVar];
        return Relation.Equal(
            "what the running variance took in",
            New(both).Zip(New(once), (two, one) => (two * single, one * doubled))
        );

        IEnumerable<Near> New(Reading of) =>
            of.Near(TensorRole.RunningVar)
                .Select((after, j) => after - ((1 - (Near)problem.Momentum) * before[j]));
    }

    private static LawOutcome PositionsTwice(LawBench bench)
    {
        var axis = bench.Problem.Rank - 1;
        if (bench.Problem.Op.HasChannels() && bench.Problem.Rank == 2)
        {
            return LawOutcome.Skip("there is no spatial axis");
        }

        var bare = bench.Call.Bare();
        if (!bench.Read(bare, out var once) || !bench.Read(bare.Doubled(axis), out var both))
        {
            return bench.Missing;
        }

        var from = MadeData.Repeated(bench.Problem, axis);
        return LawOutcome.All(
            bare.Outputs()
                .Select(role =>
                {
                    var near = once.Near(role);
                    return Relation.Equal(
                        role.Name(),
                        both.Near(role).Zip(role == TensorRole.Y ? from.Select(i => near[i]) : near)
                    );
                })
        );
    }

    private static LawOutcome Mirrored(LawBench bench)
    {
        var bare = bench.Call.Bare();
        double[] x = [.. bare[TensorRole.X]];
        var pairs = new List<(int First, int Last)>();
        foreach (var group in Reference.Partitions.Of(bare.Problem).Groups)
        {
            for (var k = 0; k < group.Length - k; k++)
            {
                var (first, last) = (group[k], group[^(k + 1)]);
                x[last] = first == last ? 0 : -x[first];
                pairs.Add((first, last));
            }
        }

        if (!bench.Read(bare.With(TensorRole.X, x), out var mirrored))
        {
            return bench.Missing;
        }

        var y = mirrored.Near(TensorRole.Y);
        var outputs = Relation.Equal("x̂", pairs.Select(pair => (y[pair.First], -y[pair.Last])));
        return mirrored.Call.Outputs().Contains(TensorRole.SavedMean)
            ? LawOutcome.All(
                outputs,
                Relation.Equal(
                    "μ",
                    mirrored.Near(TensorRole.SavedMean).Select(mean => (mean, (Near)0))
                )
            )
            : outputs;
    }
}
