using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Normalization with statistics given.</summary>
internal static class InferenceLaws
{
    private static readonly NormOp[] s_ops = [NormOp.BatchNorm, NormOp.BatchRenorm];
    private static readonly NormPass[] s_train = [NormPass.ForwardTraining];
    private static readonly NormPass[] s_infer = [NormPass.ForwardInference];

    public static IReadOnlyList<Law> All { get; } =
    [
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
                StateLaws.Unchanged(
                    bench,
                    bench.Call.With(
                        TensorRole.X,
                        [.. Fresh(bench, bench.Call[TensorRole.X].Length, hostile: false)]
                    ),
                    [TensorRole.Dx, TensorRole.DBeta]
                ),
        },
    ];

    private static IEnumerable<double> Fresh(LawBench bench, int count, bool hostile)
    {
        var random = bench.Random(31);
        for (var i = 0; i < count; i++)
        {
            yield return hostile && random.Chance(0.1) ? double.NaN : random.Normal();
        }
    }

    private static LawOutcome OwnStatistics(LawBench bench)
    {
        var renorm = bench.Problem.Op == NormOp.BatchRenorm;
        var problem = bench.Problem with { Saved = true };
        if (renorm)
        {
            // r = 1 and d = 0: then renorm trains as batch norm does.
            problem = problem with
            {
                RMax = 1,
                DMax = 0,
            };
        }

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
