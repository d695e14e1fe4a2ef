using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// The same question under another system's convention. A backend that does not know ONNX's name for it may still compute
/// the same: layer norm is the same everywhere, the variance that batch norm stores is not.
/// </summary>
internal static class SameMeaning
{
    /// <summary>
    /// Problem and inputs under a convention, where its truth is the same number for every output, to all 106 bits;
    /// null where the convention means something else.
    /// </summary>
    public static (NormProblem Problem, TensorSet Inputs)? Under(
        Convention convention,
        NormProblem problem,
        TensorSet inputs
    )
    {
        var other = problem with { Convention = convention };
        var tensors = Moved(problem, other, inputs);
        var wanted = Reference.Reference.DoubleDouble(problem, inputs);
        var got = Reference.Reference.DoubleDouble(other, tensors);
        return wanted.All(pair =>
            pair.Value.Zip(got[pair.Key])
                .All(each =>
                    each.First.Hi.Equals(each.Second.Hi) && each.First.Lo.Equals(each.Second.Lo)
                )
        )
            ? (other, tensors)
            : null;
    }

    /// <summary>The tensors in the other problem's plan: a scale per group becomes the same scale for each of its channels.</summary>
    private static TensorSet Moved(NormProblem problem, NormProblem other, TensorSet inputs)
    {
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(other))
        {
            var from = inputs.Require(spec.Role);
            if (from.Shape == spec.Shape)
            {
                tensors[spec.Role] = from.Clone();
                continue;
            }

            var perGroup = from.ToDoubles();
            var channels = problem.Channels / problem.Groups;
            var tensor = new Tensor(spec.DType, spec.Shape);
            tensor.CopyFrom([
                .. Enumerable
                    .Range(0, problem.Channels)
                    .Select(channel => perGroup[channel / channels]),
            ]);
            tensors[spec.Role] = tensor;
        }

        return tensors;
    }
}
