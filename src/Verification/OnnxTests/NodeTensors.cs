using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>Tensors of the files as tensors of a problem: the same numbers, in the shapes and types of its plan.</summary>
internal static class NodeTensors
{
    /// <summary>All tensors of the problem's plan, the inputs filled.</summary>
    public static TensorSet Inputs(
        NormProblem problem,
        IReadOnlyDictionary<TensorRole, OnnxTensor> given
    )
    {
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            if (spec.IsInput)
            {
                Fill(tensor, spec.Role, given[spec.Role]);
            }

            tensors[spec.Role] = tensor;
        }

        return tensors;
    }

    /// <summary>The expected outputs, each in the type that its file has: the judge adds that type's rounding.</summary>
    public static TensorSet Expected(
        NormProblem problem,
        IReadOnlyDictionary<TensorRole, OnnxTensor> given
    )
    {
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            if (spec.IsOutput && given.TryGetValue(spec.Role, out var file))
            {
                var value = Value(spec.Role, file);

                // Statistics keep the normalized axes with extent 1; the plan leaves those out.
                tensors[spec.Role] =
                    value.Count == spec.Shape.Count
                        ? new(value.DType, spec.Shape, data: value.Data)
                        : throw Misfit(spec.Role, value.Shape, spec.Shape);
            }
        }

        return tensors;
    }

    private static void Fill(Tensor tensor, TensorRole role, OnnxTensor file)
    {
        var value = Value(role, file);
        if (value.DType != tensor.DType && value.DType.Size() >= tensor.DType.Size())
        {
            throw new NotExpressibleException(
                $"{role.Name()} in {value.DType.Word()} beside data with parameters in {tensor.DType.Word()}"
            );
        }

        tensor.CopyFrom(Broadcast(value, tensor.Shape, role));
    }

    private static Tensor Value(TensorRole role, OnnxTensor file) =>
        file.Value
        ?? throw new NotExpressibleException($"{role.Name()} has the element type {file.Element}");

    /// <summary>
    /// ONNX's unidirectional broadcast onto the plan's shape: axes are aligned at the end, an extent of 1 is repeated. Axes
    /// further out must have extent 1, or the parameter would vary from row to row.
    /// </summary>
    private static double[] Broadcast(Tensor value, Shape wanted, TensorRole role)
    {
        var extra = value.Shape.Rank - wanted.Rank;
        for (var axis = 0; axis < extra; axis++)
        {
            if (value.Shape[axis] != 1)
            {
                throw new NotExpressibleException(
                    $"{role.Name()} of shape {value.Shape} varies along axes that are not normalized"
                );
            }
        }

        var from = extra > 0 ? value.Shape.Slice(extra, value.Shape.Rank) : value.Shape;
        var missing = wanted.Rank - from.Rank;
        var strides = from.ContiguousStrides();
        for (var axis = 0; axis < from.Rank; axis++)
        {
            if (from[axis] != wanted[missing + axis])
            {
                strides[axis] = from[axis] == 1 ? 0 : throw Misfit(role, value.Shape, wanted);
            }
        }

        var values = value.ToDoubles();
        return
        [
            .. Enumerable
                .Range(0, (int)wanted.Count)
                .Select(flat =>
                {
                    var index = wanted.IndexOf(flat).AsSpan(missing);
                    long at = 0;
                    for (var axis = 0; axis < index.Length; axis++)
                    {
                        at += index[axis] * strides[axis];
                    }

                    return values[at];
                }),
        ];
    }

    private static InputException Misfit(TensorRole role, Shape got, Shape wanted) =>
        new(
            $"expected {role.Name()} of shape [{string.Join(", ", wanted.Extents)}], got [{string.Join(", ", got.Extents)}]"
        );
}
