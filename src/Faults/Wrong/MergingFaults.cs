using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Merging of ranks or chunks, and what quantized kernels get wrong.</summary>
internal static class MergingFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "sync-01",
            FaultClass.Merging,
            "the means of the gradient on two ranks are averaged without weighing their samples",
            ["pytorch/pytorch#36382", "pytorch/pytorch#36688"],
            s_bn,
            [NormPass.BackwardTraining],
            () => new UnweightedGradientMeans<float>(),
            () => new UnweightedGradientMeans<double>()
        ),
        Make.Fault(
            "sync-02a",
            FaultClass.Merging,
            "the moments of two ranks are merged as if both had equally many samples",
            ["pytorch/pytorch#22192", "NVIDIA/apex#387"],
            s_bn,
            Make.Training,
            () => new UnweightedMoments<float>(),
            () => new UnweightedMoments<double>()
        ),
        Make.Fault(
            "sync-02b",
            FaultClass.Merging,
            "the stored variance is corrected with the number of samples of one rank, not of all",
            ["pytorch/pytorch#22192", "NVIDIA/apex#792"],
            s_bn,
            Make.Training,
            () => new LocalCorrection<float>(),
            () => new LocalCorrection<double>()
        ),
        Make.Around(
            "sync-04",
            FaultClass.Merging,
            "a permuted x with a channel stride of 1 is taken for dense channels-last memory",
            ["pytorch/pytorch#62967", "pytorch/pytorch#64039"],
            s_bn,
            [NormPass.ForwardTraining, NormPass.BackwardTraining],
            new()
            {
                Inputs = (problem, tensors) =>
                    Guessed(problem, Guessed(problem, tensors, TensorRole.X), TensorRole.Dy),
            }
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "sync-07",
            FaultClass.Merging,
            "a reshape to N×C×rest accepts data with another number of channels than the layer has",
            "vacancy/Synchronized-BatchNorm-PyTorch#31",
            "γ and x cannot disagree: the problem gives one shape, and tensors of others are refused by the host"
        ),
        new(
            "quant-01",
            FaultClass.Quantized,
            "a kernel for 8-bit integers takes the wrong zero point into the mean",
            "pytorch/pytorch#54837",
            "the contract has no integer element types, scales or zero points"
        ),
    ];

    /// <summary>The layout as guessed from one stride: channels at distance 1 are channels last without gaps.</summary>
    private static TensorSet Guessed(NormProblem problem, TensorSet tensors, TensorRole role)
    {
        if (
            problem.Layout != Layout.ChannelsFirst
            || problem.Rank == 2
            || tensors[role] is not { } tensor
            || tensor.Strides[1] != 1
            || tensor.Strides.Contains(0)
        )
        {
            return tensors;
        }

        var dense = TensorPlan.StridesOf(problem, Layout.ChannelsLast);
        return tensors.With(
            role,
            new Tensor(tensor.DType, tensor.Shape, [.. dense], tensor.Data, tensor.Offset)
        );
    }
}
