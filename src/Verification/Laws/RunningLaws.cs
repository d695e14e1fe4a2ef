using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What running statistics take in.</summary>
internal static class RunningLaws
{
    private static readonly NormOp[] s_ops = [NormOp.BatchNorm, NormOp.BatchRenorm];
    private static readonly NormPass[] s_train = [NormPass.ForwardTraining];

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
            Id = "running-takes-saved-mean",
            Topic = LawTopic.State,
            Kind = LawKind.Bounded,
            Statement =
                "The running mean moves towards the saved mean by the momentum, so it stays between both.",
            Formula = "r' = (1 − α)r + αμ",
            Ops = s_ops,
            Passes = s_train,
            Check = TakesSavedMean,
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
    ];

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
            batch
                .Among(LawShapes.Running)
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

    private static LawOutcome TakesSavedMean(LawBench bench)
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
        var alpha = bench.Problem.Momentum;
        return LawBench.Within(
            role,
            [.. old.Zip(mean, (r, b) => ((1 - alpha) * r) + (alpha * b))],
            answer[role],
            [
                .. own.Select(
                    (bound, i) =>
                        bound + LawMath.Share(alpha, saved[i]) + LawMath.Rounding(old[i], mean[i])
                ),
            ]
        );
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
            answer
                .Among(LawShapes.Running)
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
            one.Among(LawShapes.Running)
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
}
