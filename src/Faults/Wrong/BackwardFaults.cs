using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Backward formula: terms or operands missing.</summary>
internal static class BackwardFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];
    private static readonly NormOp[] s_rms = [NormOp.RmsNorm];
    private static readonly NormPass[] s_backward = [NormPass.BackwardTraining];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "bwd-01",
            FaultClass.Backward,
            "dx is made from dy where it needs γ·dy",
            ["denizyuret/Knet.jl#288", "denizyuret/Knet.jl#289"],
            s_bn,
            s_backward,
            () => new GradientWithoutGamma<float>(),
            () => new GradientWithoutGamma<double>()
        ),
        Make.Fault(
            "bwd-06",
            FaultClass.Backward,
            "a sum over each row is broadcast along the columns: element (i, j) takes the sum of row j",
            ["BobMcDear/attorch#17"],
            s_rms,
            s_backward,
            () => new SpreadAlongColumns<float>(),
            () => new SpreadAlongColumns<double>()
        ),
        Make.Around(
            "bwd-08",
            FaultClass.Backward,
            "the fast path for contiguous data has no backward, so every gradient is 0",
            ["huggingface/candle#2168", "huggingface/candle#2977", "huggingface/candle#3526"],
            [NormOp.LayerNorm, NormOp.RmsNorm],
            s_backward,
            new()
            {
                Outputs = (_, tensors) =>
                {
                    if (tensors.Require(TensorRole.X).IsContiguous)
                    {
                        Clear(tensors, TensorRole.Dx, TensorRole.DGamma, TensorRole.DBeta);
                    }
                },
            }
        ),
        Make.Around(
            "bwd-09",
            FaultClass.Backward,
            "γ and β are cut off from the loss: their gradients are never written",
            ["paiml/aprender#2200"],
            [NormOp.BatchNorm, NormOp.GroupNorm],
            s_backward,
            new()
            {
                Inputs = (_, tensors) => Aside(Aside(tensors, TensorRole.DGamma), TensorRole.DBeta),
            }
        ),
        Make.Fault(
            "bwd-10",
            FaultClass.Backward,
            "the forward saves the mean square in the place of 1/σ, which only the backward reads",
            ["flagos-ai/FlagGems#5771"],
            s_rms,
            Make.Training,
            () => new SavedVariance<float>(),
            () => new SavedVariance<double>()
        ),
        Make.Fault(
            "bwd-12",
            FaultClass.Backward,
            "to save memory x̂ is recovered from y as (y − β)/γ, which γ = 0 makes NaN",
            ["NVIDIA/apex#1715"],
            [NormOp.LayerNorm, NormOp.RmsNorm],
            s_backward,
            () => new RecalledFromOutput<float>(),
            () => new RecalledFromOutput<double>(),
            null,
            [DType.F32, DType.F16]
        ),
        Make.Fault(
            "bwd-15",
            FaultClass.Backward,
            "dγ and dβ are added to what the buffers hold, as in accumulation mode",
            ["apache/mxnet#18499"],
            s_bn,
            s_backward,
            () => new Accumulating(new Recipe<float>()),
            () => new Accumulating(new Recipe<double>())
        ),
        Make.Fault(
            "bwd-17",
            FaultClass.Backward,
            "the sum for dγ begins at ε, not at 0, so that dγ is not linear in dy",
            ["tensorflow/tensorflow#107705"],
            s_bn,
            s_backward,
            () => new AffineScaleGradient<float>(),
            () => new AffineScaleGradient<double>()
        ),
        Make.Around(
            "bwd-18",
            FaultClass.Backward,
            "the reduction over the batch is skipped for a layer without γ, so that dβ is left as it was",
            ["pytorch/pytorch#156555", "pytorch/pytorch#156867"],
            [NormOp.BatchNorm, NormOp.LayerNorm],
            s_backward,
            new()
            {
                Inputs = (problem, tensors) =>
                    problem.Affine == AffineParts.Shift
                        ? Aside(tensors, TensorRole.DBeta)
                        : tensors,
            }
        ),
        Make.Fault(
            "bwd-19a",
            FaultClass.Backward,
            "with one position per sample the reductions see the first 768 samples only",
            ["ROCm/MIOpen#1109"],
            s_bn,
            s_backward,
            () => new FirstSamplesOnly<float>(),
            () => new FirstSamplesOnly<double>()
        ),
        Make.Fault(
            "bwd-19b",
            FaultClass.Backward,
            "dγ of large images is summed in steps of four pixels, and the last odd pixels are lost",
            ["ROCm/MIOpen#2024"],
            s_bn,
            s_backward,
            () => new WholeStepsOnly<float>(),
            () => new WholeStepsOnly<double>()
        ),
        Make.Fault(
            "bwd-20",
            FaultClass.Backward,
            "where dx takes the memory of dy, its first term overwrites dy before that is added",
            ["ggml-org/ggml#1491", "ggml-org/ggml#1197"],
            s_rms,
            s_backward,
            () => new InPlaceBranch(new OverwrittenGradient<float>(), new Recipe<float>()),
            () => new InPlaceBranch(new OverwrittenGradient<double>(), new Recipe<double>())
        ),
        Make.Fault(
            "bwd-21a",
            FaultClass.Backward,
            "the square is differentiated as a power through its quotient, which is 0/0 at x = μ",
            ["tracel-ai/burn#1992"],
            [NormOp.LayerNorm],
            s_backward,
            () => new PowerDerivative<float>(),
            () => new PowerDerivative<double>()
        ),
        Make.Fault(
            "bwd-21b",
            FaultClass.Backward,
            "the root is differentiated without its ε: 1/√v in place of 1/σ, ∞ for a constant row",
            ["tracel-ai/burn#1992"],
            [NormOp.LayerNorm],
            s_backward,
            () => new RootDerivativeWithoutEpsilon<float>(),
            () => new RootDerivativeWithoutEpsilon<double>()
        ),
        Make.Around(
            "bwd-22a",
            FaultClass.Backward,
            "dy is read as if it were contiguous, whatever its strides",
            ["flagos-ai/FlagGems#1068"],
            s_rms,
            s_backward,
            new()
            {
                Inputs = (_, tensors) =>
                    tensors.With(TensorRole.Dy, tensors.Require(TensorRole.Dy).AsContiguous()),
            }
        ),
        Make.Fault(
            "bwd-22b",
            FaultClass.Backward,
            "the partial sums of dγ lie in memory that is never cleared, and unused ones are added too",
            ["flagos-ai/FlagGems#1084"],
            s_rms,
            s_backward,
            () => new StalePartials<float>(),
            () => new StalePartials<double>()
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "bwd-02",
            FaultClass.Backward,
            "the gradient of the mean leaves out the term with Σ(x − μ) times the gradient of the variance",
            "pjreddie/darknet#1723",
            "equivalent: Σ(x − μ) is 0 for the mean of the data, so only rounding differs"
        ),
    ];

    /// <summary>The kernel writes to memory of its own and the caller's tensor stays as it was.</summary>
    private static TensorSet Aside(TensorSet tensors, TensorRole role) =>
        tensors[role] is { } tensor
            ? tensors.With(role, new Tensor(tensor.DType, tensor.Shape))
            : tensors;

    private static void Clear(TensorSet tensors, params ReadOnlySpan<TensorRole> roles)
    {
        foreach (var role in roles)
        {
            tensors.Overwrite(role, values => new double[values.Length]);
        }
    }
}
