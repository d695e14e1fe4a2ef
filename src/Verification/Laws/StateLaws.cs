using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What running statistics take in, and what they may and may not do to outputs.</summary>
internal static class StateLaws
{
    private static readonly NormOp[] s_ops = [NormOp.BatchNorm, NormOp.BatchRenorm];
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];
    private static readonly NormPass[] s_train = [NormPass.ForwardTraining];
    private static readonly NormPass[] s_infer = [NormPass.ForwardInference];

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "running-blend",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement =
                "Running statistics move from the old value towards the batch's by the momentum.",
            Formula = "r' = (1 − α)r + αb",
            Ops = s_ops,
            Passes = s_train,
            Check = bench => Blend(bench, 1),
        },
        new()
        {
            Id = "running-closed-form",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement = "After three equal batches the old value has the weight (1 − α)³.",
            Formula = "r₃ = (1 − α)³r₀ + (1 − (1 − α)³)b",
            Ops = s_ops,
            Passes = s_train,
            Check = bench => Blend(bench, 3),
        },
        new()
        {
            Id = "running-between",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement =
                "A new running mean lies between the old one and the saved mean of the batch.",
            Formula = "min(r, μ) ≤ r' ≤ max(r, μ)",
            Ops = s_ops,
            Passes = s_train,
            Check = Between,
        },
        new()
        {
            Id = "momentum-zero",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "With momentum 0 running statistics stay as they are.",
            Formula = "α = 0 ⇒ r' = r",
            Ops = s_ops,
            Passes = s_train,
            Check = MomentumZero,
        },
        new()
        {
            Id = "momentum-one",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement = "With momentum 1 running statistics forget the old value.",
            Formula = "α = 1 ⇒ r' does not depend on r",
            Ops = s_ops,
            Passes = s_train,
            Check = bench => Linear(bench, bench.Problem with { Momentum = 1 }),
        },
        new()
        {
            Id = "running-linear",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement = "Twice the old value moves the new one by (1 − α) times the old value.",
            Formula = "r'(2r) − r'(r) = (1 − α)r",
            Ops = s_ops,
            Passes = s_train,
            Check = bench => Linear(bench, bench.Problem),
        },
        new()
        {
            Id = "stored-variance",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement =
                "What is stored is the variance of the saved 1/σ, less ε, times the factor of the convention (m/(m − 1) or 1); renorm stores σ.",
            Formula = "α = 1 ⇒ r' = (1/s² − ε)·m/(m − 1)",
            Ops = s_ops,
            Passes = s_train,
            Check = Stored,
        },
        new()
        {
            Id = "running-spread-not-negative",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "A running variance that is not negative never becomes so.",
            Formula = "r ≥ 0 ⇒ r' ≥ 0",
            Ops = s_ops,
            Passes = s_train,
            Check = NotNegative,
        },
        new()
        {
            Id = "training-ignores-running",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "In training, y and the saved statistics do not depend on running values.",
            Formula = "f(x; r) = f(x; r̃)",
            Ops = s_bn,
            Passes = s_train,
            Check = bench =>
                Unchanged(
                    bench,
                    LawShapes.Running.Aggregate(
                        bench.Call,
                        (call, role) => call.Map(role, old => (0.5 * Math.Abs(old)) + 3)
                    ),
                    [TensorRole.Y, .. LawShapes.Saved]
                ),
        },
        new()
        {
            Id = "statistics-ignore-parameters",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "Statistics, running and saved, do not depend on γ and β.",
            Formula = "r'(γ, β) = r'(γ̃, β̃)",
            Passes = s_train,
            Check = bench =>
                bench.Problem.Affine == AffineParts.None
                    ? LawOutcome.Skip("no parameters")
                    : Unchanged(
                        bench,
                        bench
                            .Call.Map(TensorRole.Gamma, old => 1.5 - old)
                            .Map(TensorRole.Beta, old => -3 - old),
                        [.. LawShapes.Running, .. LawShapes.Saved]
                    ),
        },
        new()
        {
            Id = "mean-and-variance-ignore-epsilon",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "ε is in no mean and in no variance.",
            Formula = "r'(ε) = r'(ε̃)",
            Passes = s_train,
            Check = bench =>
                bench.Problem.Convention
                    is { StoredIncludesEpsilon: true }
                        or { StoredFactor: StoredFactor.Keras2 }
                    ? LawOutcome.Skip("the convention stores ε")
                    : Unchanged(
                        bench,
                        bench.Call.For(
                            bench.Problem with
                            {
                                Epsilon = (2 * bench.Problem.Epsilon) + 0.25,
                            }
                        ),
                        [TensorRole.RunningMean, TensorRole.RunningVar, TensorRole.SavedMean]
                    ),
        },
        new()
        {
            Id = "inference-with-own-statistics",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement = "Inference with the batch's own statistics is training.",
            Formula = "f(x; running = μ, v) = f_train(x)",
            Ops = s_ops,
            Passes = s_train,
            Check = OwnStatistics,
        },
        new()
        {
            Id = "inference-is-affine",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement = "Inference is affine in x.",
            Formula = "f(2x) = 2f(x) − f(0)",
            Ops = s_ops,
            Passes = s_infer,
            Check = Affine,
        },
        new()
        {
            Id = "inference-is-elementwise",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement =
                "With statistics given, an element has the same bits whatever stands beside it, NaN and ∞ too.",
            Formula = "x̃ᵢ = xᵢ ⇒ f(x̃)ᵢ = f(x)ᵢ",
            Ops = s_ops,
            Passes = [NormPass.ForwardInference, NormPass.BackwardInference],
            Check = Elementwise,
        },
        new()
        {
            Id = "frozen-gradient-ignores-x",
            Topic = LawTopic.State,
            Kind = LawKind.Exact,
            Statement = "With statistics given, dx and dβ do not depend on x.",
            Formula = "dx = γ·dy/σ",
            Ops = s_ops,
            Passes = [NormPass.BackwardInference],
            Check = bench =>
                Unchanged(
                    bench,
                    bench.Call.With(
                        TensorRole.X,
                        [.. Fresh(bench, bench.Call[TensorRole.X].Length, hostile: false)]
                    ),
                    [TensorRole.Dx, TensorRole.DBeta]
                ),
        },
    ];

    private static TensorRole[] Has(Answer answer, IEnumerable<TensorRole> roles) =>
        [.. roles.Where(answer.Has)];

    private static IEnumerable<double> Fresh(LawBench bench, int count, bool hostile)
    {
        var random = bench.Random(31);
        for (var i = 0; i < count; i++)
        {
            yield return hostile && random.Chance(0.1) ? double.NaN : random.Normal();
        }
    }

    private static LawOutcome Unchanged(LawBench bench, Call other, TensorRole[] roles) =>
        bench.Base(out var before) && bench.Ask(other, out var after)
            ? LawOutcome.All(
                Has(before, roles).Select(role => LawBench.Same(role, before[role], after[role]))
            )
            : bench.Missing;

    /// <summary>Takes the batch k times and relates what comes out to the batch's own statistics, had by momentum 1.</summary>
    private static LawOutcome Blend(LawBench bench, int steps)
    {
        var alpha = bench.Problem.Momentum;
        var full = bench.Call.For(bench.Problem with { Momentum = 1 });
        if (!bench.Ask(full, out var batch))
        {
            return bench.Missing;
        }

        var call = bench.Call;
        var calls = new List<(Call Call, Answer Answer)>();
        for (var step = 0; step < steps; step++)
        {
            if (!bench.AskOnce(call, out var answer))
            {
                return bench.Missing;
            }

            calls.Add((call, answer));
            call = LawShapes
                .Running.Where(answer.Has)
                .Aggregate(call, (next, role) => next.With(role, answer[role]));
        }

        // Every step adds its bound to what is left of those before; the batch's value has one of its own.
        return LawOutcome.All(
            Has(batch, LawShapes.Running)
                .Select(role =>
                {
                    var old = bench.Call[role];
                    var ours = bench.Bounds(full, role, batch);
                    var allowed = new double[old.Length];
                    var kept = 1.0;
                    foreach (var (each, answer) in calls)
                    {
                        var bounds = bench.Bounds(each, role, answer);
                        allowed =
                        [
                            .. allowed.Zip(bounds, (a, b) => LawMath.Share(1 - alpha, a) + b),
                        ];
                        kept *= 1 - alpha;
                    }

                    var wanted = old.Zip(batch[role], (r, b) => (kept * r) + ((1 - kept) * b));
                    return LawBench.Within(
                        role,
                        [.. wanted],
                        calls[^1].Answer[role],
                        [
                            .. allowed.Select(
                                (bound, i) =>
                                    bound
                                    + LawMath.Share(1 - kept, ours[i])
                                    + LawMath.Rounding(old[i], batch[role][i])
                            ),
                        ]
                    );
                })
        );
    }

    private static LawOutcome Between(LawBench bench)
    {
        if (!bench.Base(out var answer))
        {
            return bench.Missing;
        }

        var role = TensorRole.RunningMean;
        if (!answer.Has(role) || !answer.Has(TensorRole.SavedMean))
        {
            return LawOutcome.Skip("no running or no saved mean");
        }

        var old = bench.Call[role];
        var mean = answer[TensorRole.SavedMean];
        var own = bench.Bounds(bench.Call, role, answer);
        var saved = bench.Bounds(bench.Call, TensorRole.SavedMean, answer);
        return LawBench.Within(
            role,
            [.. answer[role].Select((now, i) => Nearest(now, old[i], mean[i]))],
            answer[role],
            [.. own.Zip(saved, (a, b) => a + b)]
        );

        static double Nearest(double value, double a, double b) =>
            double.IsNaN(a + b) ? double.NaN : Math.Clamp(value, Math.Min(a, b), Math.Max(a, b));
    }

    private static LawOutcome MomentumZero(LawBench bench)
    {
        var still = bench.Call.For(bench.Problem with { Momentum = 0 });
        if (!bench.Ask(still, out var answer))
        {
            return bench.Missing;
        }

        // 0·b is 0 for finite b only, and −0 + 0 is 0.
        return LawOutcome.All(
            Has(answer, LawShapes.Running)
                .Select(role =>
                {
                    var claimed = bench.Bounds(still, role);
                    double[] Claimed(double[] values) =>
                        [
                            .. values.Select(
                                (value, i) => double.IsFinite(claimed[i]) ? value + 0 : 0
                            ),
                        ];
                    return answer.OwnType(role) is null
                        ? LawBench.Same(role, Claimed(still[role]), Claimed(answer[role]))
                        : LawOutcome.Skip("rounded to a type of its own");
                })
        );
    }

    private static LawOutcome Linear(LawBench bench, NormProblem problem)
    {
        var first = problem == bench.Problem ? bench.Call : bench.Call.For(problem);
        var second = LawShapes.Running.Aggregate(
            first,
            (call, role) => call.Map(role, old => 2 * old)
        );
        if (!bench.AskOnce(first, out var one) || !bench.Ask(second, out var two))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            Has(one, LawShapes.Running)
                .Select(role =>
                {
                    var own = bench.Bounds(first, role, one);
                    var other = bench.Bounds(second, role, two);
                    double[] wanted =
                    [
                        .. one[role]
                            .Zip(first[role], (now, old) => now + ((1 - problem.Momentum) * old)),
                    ];
                    return LawBench.Within(
                        role,
                        wanted,
                        two[role],
                        [
                            .. own.Select(
                                (bound, i) =>
                                    bound
                                    + other[i]
                                    + LawMath.Rounding(one[role][i], first[role][i])
                            ),
                        ]
                    );
                })
        );
    }

    private static LawOutcome Stored(LawBench bench)
    {
        var problem = bench.Problem with { Momentum = 1, Saved = true, Running = true };
        var renorm = problem.Op == NormOp.BatchRenorm;
        var role = renorm ? TensorRole.RunningStd : TensorRole.RunningVar;
        var zeros = new double[problem.Channels];
        var call = bench.Call.Has(role)
            ? bench.Call.For(problem)
            : bench.Call.For(problem, (TensorRole.RunningMean, zeros), (role, zeros));
        if (LawShapes.StoredFactor(problem) is not { } factor)
        {
            return LawOutcome.Skip("the convention stores something else");
        }

        if (!bench.Ask(call, out var answer) || !answer.Has(TensorRole.SavedInvStd))
        {
            return answer is null ? bench.Missing : LawOutcome.Skip("no saved statistics");
        }

        var epsilon = problem.Convention.ForwardEpsilon.Effective(problem.Epsilon);
        var bounds = bench.Bounds(call, role, answer);
        var saved = bench.Bounds(call, TensorRole.SavedInvStd, answer);

        // The true 1/σ is within its bound of the saved one, so v is between what both ends give.
        var middle = new double[bounds.Length];
        for (var i = 0; i < bounds.Length; i++)
        {
            var square = Enclosure
                .Around(answer[TensorRole.SavedInvStd][i], saved[i])
                .InverseSquare();
            var stored = renorm ? square.Root() : factor * (square - Enclosure.Around(epsilon, 0));
            middle[i] = stored.Middle;
            bounds[i] += stored.IsKnown ? stored.Radius : double.PositiveInfinity;
        }

        return LawBench.Within(role, middle, answer[role], bounds);
    }

    private static LawOutcome NotNegative(LawBench bench)
    {
        if (!bench.Base(out var answer))
        {
            return bench.Missing;
        }

        return LawOutcome.All(
            Has(answer, [TensorRole.RunningVar, TensorRole.RunningStd])
                .Select(role =>
                {
                    var bad = Array.FindIndex(answer[role], value => value < 0);
                    return bad < 0
                        ? LawOutcome.Holds
                        : LawOutcome.Broken(
                            $"{role.Name()}[{bad}] is {ProblemText.Number(answer[role][bad])}"
                        );
                })
        );
    }

    private static LawOutcome OwnStatistics(LawBench bench)
    {
        // r = 1 and d = 0: then renorm trains as batch norm does.
        var problem = bench.Problem with
        {
            RMax = 1,
            DMax = 0,
            Saved = true,
        };
        var renorm = problem.Op == NormOp.BatchRenorm;
        var training = bench.Call.For(problem);
        if (LawShapes.StoredFactor(problem) is null)
        {
            return LawOutcome.Skip("the convention divides by something else");
        }

        if (!bench.Ask(training, out var trained) || !trained.Has(TensorRole.SavedInvStd))
        {
            return trained is null ? bench.Missing : LawOutcome.Skip("no saved statistics");
        }

        var epsilon = problem.Convention.InferenceEpsilon.Effective(problem.Epsilon);
        var type = problem.DType.ParameterType();
        var mean = trained[TensorRole.SavedMean];
        var inverse = trained[TensorRole.SavedInvStd];
        var spread = LawShapes.Stored(
            type,
            [.. inverse.Select(s => renorm ? 1 / s : Math.Max((1 / (s * s)) - epsilon, 0))]
        );
        var inference = training.For(
            problem with
            {
                Pass = NormPass.ForwardInference,
            },
            (TensorRole.RunningMean, mean),
            (renorm ? TensorRole.RunningStd : TensorRole.RunningVar, spread)
        );
        if (!bench.Ask(inference, out var frozen))
        {
            return bench.Missing;
        }

        // With s' = 1/√(spread + ε), the truths γ(x − μ)s + β differ by |γ|(|x − μ|·|s' − s| + |δμ|·s) at most.
        var allowed = bench
            .Bounds(training, TensorRole.Y)
            .Zip(bench.Bounds(inference, TensorRole.Y), (a, b) => a + b)
            .ToArray();
        var ofMean = bench.Bounds(training, TensorRole.SavedMean, trained);
        var ofInverse = bench.Bounds(training, TensorRole.SavedInvStd, trained);
        var partition = Reference.Partitions.Of(problem);
        for (var c = 0; c < inverse.Length; c++)
        {
            var used = renorm ? 1 / spread[c] : 1 / Math.Sqrt(spread[c] + epsilon);
            var off = Math.Abs(used - inverse[c]) + ofInverse[c] + LawMath.Rounding(used);
            foreach (var i in partition.Groups[c])
            {
                var scale = !training.Has(TensorRole.Gamma)
                    ? 1
                    : Math.Abs(training[TensorRole.Gamma][partition.Slot[i]])
                        + Math.Abs(problem.Convention.GammaOffset);
                var distance = Math.Abs(training[TensorRole.X][i] - mean[c]);
                var difference =
                    scale * ((distance * off) + (ofMean[c] * (inverse[c] + ofInverse[c])));
                allowed[i] += double.IsNaN(difference)
                    ? double.PositiveInfinity
                    : difference + LawMath.Rounding(difference);
            }
        }

        return LawBench.Within(TensorRole.Y, trained[TensorRole.Y], frozen[TensorRole.Y], allowed);
    }

    private static LawOutcome Affine(LawBench bench)
    {
        var twice = bench.Call.Map(TensorRole.X, value => 2 * value);
        var zero = bench.Call.Map(TensorRole.X, _ => 0);
        if (!twice.IsExact)
        {
            return LawOutcome.Skip("2x leaves the range of the type");
        }

        if (
            !bench.Base(out var one)
            || !bench.Ask(twice, out var two)
            || !bench.Ask(zero, out var none)
        )
        {
            return bench.Missing;
        }

        var role = TensorRole.Y;
        var (y, shift) = (one[role], none[role]);
        var (own, ofTwice, ofZero) = (
            bench.Bounds(bench.Call, role),
            bench.Bounds(twice, role),
            bench.Bounds(zero, role)
        );
        return LawBench.Within(
            role,
            [.. y.Zip(shift, (value, at) => (2 * value) - at)],
            two[role],
            [
                .. own.Select(
                    (bound, i) =>
                        (2 * bound) + ofTwice[i] + ofZero[i] + LawMath.Rounding(2 * y[i], shift[i])
                ),
            ]
        );
    }

    private static LawOutcome Elementwise(LawBench bench)
    {
        var role = bench.Problem.Pass.IsBackward() ? TensorRole.Dx : TensorRole.Y;
        var input = bench.Problem.Pass.IsBackward() ? TensorRole.Dy : TensorRole.X;
        var fresh = Fresh(bench, bench.Call[input].Length, hostile: true).ToArray();
        var random = bench.Random(32);
        var kept = fresh.Select(_ => random.Chance(0.5)).ToArray();
        var other = bench.Call.With(
            input,
            [.. bench.Call[input].Select((old, i) => kept[i] ? old : fresh[i])]
        );
        double[] Kept(double[] values) => [.. values.Where((_, i) => kept[i])];
        return bench.Base(out var before) && bench.Ask(other, out var after)
            ? LawBench.Same(role, Kept(before[role]), Kept(after[role]))
            : bench.Missing;
    }
}
