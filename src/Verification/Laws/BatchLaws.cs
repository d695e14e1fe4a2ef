using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Batches, parts of them, and samples alone.</summary>
internal static class BatchLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "sample-alone",
            Topic = LawTopic.Structure,
            Kind = LawKind.Placed,
            Statement =
                "Where samples have statistics of their own, a sample alone gives the bits that it gives in the batch.",
            Formula = "f(x)ₙ = f(xₙ)",
            Ops = LawShapes.PerSample,
            Passes = LawShapes.Plain,
            Check = bench =>
                Part(bench, samples => bench.Random(6).Below(samples), _ => 1)
                    ?.Placed(bench, LawShapes.PerElement)
                ?? LawShapes.Single("sample"),
        },
        new()
        {
            Id = "batch-tail",
            Topic = LawTopic.Structure,
            Kind = LawKind.Placed,
            Statement =
                "The batch without its first quarter gives the bits of the whole batch there.",
            Formula = "f(x)ₙ = f(x_{k…})ₙ₋ₖ",
            Ops = LawShapes.PerSample,
            Passes = LawShapes.Plain,
            Check = bench =>
                Part(bench, Quarter, samples => samples - Quarter(samples))
                    ?.Placed(bench, LawShapes.PerElement)
                ?? LawShapes.Single("sample"),
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
                    ?.Bounded(bench, LawShapes.PerElement)
                ?? LawShapes.Single("sample"),
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
            Kind = LawKind.Placed,
            Statement = "A batch of one sample over and over gives the same bits over and over.",
            Formula = "xₙ = x₀ ⇒ f(x)ₙ = f(x)₀",
            Ops = LawShapes.PerSample,
            Passes = LawShapes.Plain,
            Check = EqualSamples,
        },
    ];

    private static int Quarter(int samples) => Math.Max(samples / 4, 1);

    /// <summary>The whole batch and some samples of it; null where there is no smaller batch.</summary>
    private static Correspondence? Part(LawBench bench, Func<int, int> first, Func<int, int> count)
    {
        var problem = bench.Problem;
        var box = LawShapes.BoxOf(problem);
        if (!LawShapes.HasIndependentSamples(problem) || box.Samples == 1)
        {
            return null;
        }

        var start = first(box.Samples) * box.Lines * box.Positions;
        var part = LawShapes.WithExtent(problem, 0, count(box.Samples));
        return Correspondence.Of(bench.Call, part, flat => start + flat);
    }

    private static LawOutcome GradientOfParts(LawBench bench)
    {
        var left = Part(bench, _ => 0, Quarter);
        var right = Part(bench, Quarter, samples => samples - Quarter(samples));
        if (left is null || right is null)
        {
            return LawShapes.Single("sample");
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
            return LawShapes.Single("sample");
        }

        var each = box.Lines * box.Positions;
        var equal = Correspondence.Of(bench.Call, problem, flat => flat % each);
        var next = Correspondence.Of(equal.Second, problem, flat => (flat + each) % box.Count);
        return bench.Ask(equal.Second, out var answer)
            ? LawOutcome.All(LawShapes.PerElement.Where(answer.Has).Select(Compare))
            : bench.Missing;

        LawOutcome Compare(TensorRole role)
        {
            var shifted = next.Carry(role, answer[role]);
            if (bench.NamesOrder)
            {
                return LawBench.Same(role, shifted, answer[role]);
            }

            var bounds = bench.Bounds(equal.Second, role, answer);
            return LawBench.Within(
                role,
                shifted,
                answer[role],
                [.. next.Carry(role, bounds).Zip(bounds, (a, b) => a + b)]
            );
        }
    }
}
