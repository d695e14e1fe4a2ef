using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Width of indices, limits of launches, degenerate sizes.</summary>
internal static class IndexFaults
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormOp[] s_in = [NormOp.InstanceNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "idx-03",
            FaultClass.Index,
            "a launch has at most 65535 rows, and those beyond are not computed",
            ["NVIDIA/apex#411"],
            s_ln,
            Make.Training,
            () => new ReachRecipe<float>(rows => Math.Min(rows, 65535)),
            () => new ReachRecipe<double>(rows => Math.Min(rows, 65535)),
            dtypes: [DType.F32]
        ),
        Make.Around(
            "idx-05",
            FaultClass.Index,
            "above 65536 rows dγ and dβ are summed another way, and those of several axes come out with one",
            ["pytorch/pytorch#193016", "pytorch/pytorch#192016"],
            s_ln,
            [NormPass.BackwardTraining],
            new()
            {
                Outputs = (problem, tensors) =>
                {
                    if (problem.StatisticsShape.Count > 65536 && problem.ParameterShape.Rank > 1)
                    {
                        Flatten(tensors, TensorRole.DGamma);
                        Flatten(tensors, TensorRole.DBeta);
                    }
                },
            }
        ),
        Wrapped.Fault(
            "degen-01a",
            FaultClass.Degenerate,
            "a single sample with a single place in space is an error",
            ["pytorch/pytorch#45687"],
            s_in,
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    if (map.GroupSize == 1 && problem.Shape[0] == 1)
                    {
                        throw new ArgumentException("expected more than one place");
                    }

                    right.Compute(problem, map, tensors);
                }
        ),
        Make.Around(
            "degen-01b",
            FaultClass.Degenerate,
            "several samples with a single place in space give zeros, not β",
            ["pytorch/pytorch#45687"],
            s_in,
            Make.Training,
            new()
            {
                Outputs = (problem, tensors) =>
                {
                    if (problem.GroupSize == 1 && problem.Shape[0] > 1)
                    {
                        tensors.Overwrite(TensorRole.Y, y => new double[y.Length]);
                    }
                },
            }
        ),
        Wrapped.Fault(
            "degen-02",
            FaultClass.Degenerate,
            "rows of a single element are an error",
            ["microsoft/onnxruntime 1.23.2"],
            s_ln,
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    if (map.GroupSize == 1)
                    {
                        throw new ArgumentException("expected rows of more than one element");
                    }

                    right.Compute(problem, map, tensors);
                },
            [DType.F32]
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "idx-01",
            FaultClass.Index,
            "a row's offset of 32 bits overflows at 2³² elements",
            "pytorch/pytorch#181555",
            "the largest tensor of the contract has less than 2²⁸ elements"
        ),
        new(
            "idx-04",
            FaultClass.Index,
            "from 2²³ rows on, rows whose length is no multiple of 4 are wrong",
            "pytorch/pytorch#184826",
            "a case of more than eight million rows is not affordable in a run of thousands"
        ),
    ];

    private static void Flatten(TensorSet tensors, TensorRole role)
    {
        if (tensors[role] is { } tensor)
        {
            tensors[role] = tensor.AsContiguous(new Shape((int)tensor.Count));
        }
    }
}
