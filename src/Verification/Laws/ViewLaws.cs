using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Views: tensors whose elements do not lie in one row are their contiguous copies.</summary>
internal static class ViewLaws
{
    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = "view-with-gaps",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "Inputs with a gap after every row are their contiguous copies.",
            Formula = "f(view of x) = f(x)",
            Check = bench =>
                Viewed(bench, spec => spec.IsInput, shape => Gaps(shape, 1 + (shape.Rank % 3))),
        },
        new()
        {
            Id = "view-every-other",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Inputs of which every other element in memory is taken are their contiguous copies.",
            Formula = "f(x[::2]) = f(copy of x[::2])",
            Check = bench =>
                Viewed(
                    bench,
                    spec => spec.IsInput,
                    shape => [.. shape.ContiguousStrides().Select(stride => 2 * stride)]
                ),
        },
        new()
        {
            Id = "view-transposed",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "Inputs whose axes lie in memory in the opposite order are their contiguous copies.",
            Formula = "f(xᵀ as a view) = f(copy of xᵀ)",
            Check = bench => Viewed(bench, spec => spec.IsInput, Transposed),
        },
        new()
        {
            Id = "output-with-gaps",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement = "An output with gaps is written where it should be and nowhere else.",
            Formula = "view of y := f(x), gaps unchanged",
            Check = bench => Viewed(bench, spec => spec.IsOutput, shape => Gaps(shape, 3)),
        },
        new()
        {
            Id = "output-transposed",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "An output whose axes lie in memory in the opposite order holds what a contiguous one does.",
            Formula = "yᵀ as a view := f(x)ᵀ",
            Check = bench => Viewed(bench, spec => spec.IsOutput, Transposed),
        },
        new()
        {
            Id = "broadcast-gradient",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "A dy that is repeated along an axis by a stride of 0 is its contiguous copy.",
            Formula = "f(x, expand(dy)) = f(x, copy of expand(dy))",
            Passes = [NormPass.BackwardTraining, NormPass.BackwardInference],
            Check = bench => Broadcast(bench, TensorRole.Dy),
        },
        new()
        {
            Id = "broadcast-data",
            Topic = LawTopic.Structure,
            Kind = LawKind.Bounded,
            Statement =
                "An x that is repeated along an axis by a stride of 0 is its contiguous copy.",
            Formula = "f(expand(x)) = f(copy of expand(x))",
            Check = bench => Broadcast(bench, TensorRole.X),
        },
    ];

    /// <summary>The call with its data tensors of one kind laid out otherwise, against the contiguous one.</summary>
    private static LawOutcome Viewed(
        LawBench bench,
        Func<TensorSpec, bool> which,
        Func<Shape, long[]> strides
    )
    {
        if (!bench.Backend.Description.Strides)
        {
            return LawOutcome.Skip("no strides");
        }

        var view = bench.Call.Build(spec => new Tensor(
            spec.DType,
            spec.Shape,
            LawShapes.Data.Contains(spec.Role) && which(spec)
                ? strides(spec.Shape)
                : [.. spec.Strides]
        ));
        return bench.Base(out var plain) && bench.Ask(bench.Problem, view, out var viewed)
            ? Agree(bench, bench.Call, plain, viewed)
            : bench.Missing;
    }

    /// <summary>The truth of both calls is the same number: they are apart by twice the bound at most.</summary>
    internal static LawOutcome Agree(LawBench bench, Call call, Answer plain, Answer other) =>
        LawOutcome.All(
            plain.Roles.Select(role =>
                LawBench.Within(
                    role,
                    plain[role],
                    other[role],
                    [.. bench.Bounds(call, role, plain).Select(bound => 2 * bound)]
                )
            )
        );

    private static LawOutcome Broadcast(LawBench bench, TensorRole role)
    {
        if (!bench.Backend.Description.Strides)
        {
            return LawOutcome.Skip("no strides");
        }

        // Along one axis every element is the first.
        var shape = bench.Problem.MemoryShape;
        var axis = bench.Random(21).Below(shape.Rank);
        var strides = shape.ContiguousStrides();
        var (step, extent) = (strides[axis], shape[axis]);
        var repeated = bench
            .Call.Pick(
                role,
                [
                    .. Enumerable
                        .Range(0, (int)shape.Count)
                        .Select(i => (int)(i - (i / step % extent * step))),
                ]
            )
            .Resaved();
        var compact = new Shape([.. shape.Extents.SetItem(axis, 1)]).ContiguousStrides();
        compact[axis] = 0;
        var view = repeated.Build(spec => new Tensor(
            spec.DType,
            spec.Shape,
            spec.Role == role ? compact : [.. spec.Strides]
        ));
        return bench.Ask(repeated, out var plain) && bench.Ask(bench.Problem, view, out var viewed)
            ? Agree(bench, repeated, plain, viewed)
            : bench.Missing;
    }

    private static long[] Gaps(Shape shape, int gap) =>
        new Shape([
            .. shape.Extents.SetItem(shape.Rank - 1, shape[shape.Rank - 1] + gap),
        ]).ContiguousStrides();

    private static long[] Transposed(Shape shape)
    {
        int[] backwards = [.. Enumerable.Range(0, shape.Rank).Reverse()];
        return [.. shape.Permute(backwards).ContiguousStrides().Reverse()];
    }
}
