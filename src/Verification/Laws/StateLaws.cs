using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What is stored of a batch, and what must not depend on what.</summary>
internal static class StateLaws
{
    private static readonly NormOp[] s_ops = [NormOp.BatchNorm, NormOp.BatchRenorm];
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];
    private static readonly NormPass[] s_train = [NormPass.ForwardTraining];

    public static IReadOnlyList<Law> All { get; } =
    [
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
    ];

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
            answer
                .Among([TensorRole.RunningVar, TensorRole.RunningStd])
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

    internal static LawOutcome Unchanged(LawBench bench, Call other, TensorRole[] roles) =>
        bench.Base(out var before) && bench.Ask(other, out var after)
            ? LawOutcome.All(
                before.Among(roles).Select(role => LawBench.Same(role, before[role], after[role]))
            )
            : bench.Missing;
}
