using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Running statistics and other state.</summary>
internal static class StateFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "stat-01",
            FaultClass.State,
            "the running variance takes in S/m where the convention corrects it by m/(m − 1)",
            ["apache/mxnet#14559"],
            s_bn,
            Make.Training,
            () => new StoresPopulation<float>(),
            () => new StoresPopulation<double>()
        ),
        Make.Fault(
            "stat-02",
            FaultClass.State,
            "the data is normalized with S/(m − 1), the variance that is meant for the running one",
            ["pytorch/pytorch#22617", "karpathy/nn-zero-to-hero#44"],
            [NormOp.BatchNorm, NormOp.GroupNorm],
            Make.Training,
            () => new SampleVariance<float>(),
            () => new SampleVariance<double>()
        ),
        Make.Fault(
            "stat-03",
            FaultClass.State,
            "one of two backends, here that for channels-last data, stores S/m and the other S/(m − 1)",
            ["apache/mxnet#21111", "apache/mxnet#14559"],
            s_bn,
            Make.Training,
            () => Last(new StoresPopulation<float>(), new Recipe<float>()),
            () => Last(new StoresPopulation<double>(), new Recipe<double>())
        ),
        Make.Fault(
            "stat-04a",
            FaultClass.State,
            "m/(m − 1) is not guarded: a batch with one value a channel leaves NaN in the running variance",
            [
                "torch/nn#1271",
                "pytorch/pytorch#1381",
                "FluxML/Flux.jl#1992",
                "FluxML/Flux.jl#2716",
                "apache/mxnet#18751",
                "tensorflow/tensorflow#34062",
            ],
            s_bn,
            Make.Training,
            () => new UnguardedCorrection<float>(),
            () => new UnguardedCorrection<double>()
        ),
        Make.Fault(
            "stat-04b",
            FaultClass.State,
            "to dodge 0/0, a batch with one value a channel updates no running statistics at all",
            ["torch/nn#1271"],
            s_bn,
            Make.Training,
            () => new SkippedUpdate<float>(problem => problem.GroupSize == 1),
            () => new SkippedUpdate<double>(problem => problem.GroupSize == 1)
        ),
        Make.Fault(
            "stat-05",
            FaultClass.State,
            "momentum weighs the old value where it is to weigh the new one",
            ["microsoft/onnxscript#1289", "pytorch/pytorch#15298"],
            s_bn,
            Make.Training,
            () => new SwappedMomentum<float>(),
            () => new SwappedMomentum<double>()
        ),
        Make.Fault(
            "stat-06a",
            FaultClass.State,
            "a forward that is run again for checkpointing updates the running statistics twice",
            [
                "pytorch/pytorch#62471",
                "pytorch/pytorch#96136",
                "gpleiss/efficient_densenet_pytorch#73",
            ],
            s_bn,
            Make.Training,
            () => new TwofoldUpdate<float>(),
            () => new TwofoldUpdate<double>()
        ),
        Make.Around(
            "stat-06b",
            FaultClass.State,
            "a backward that recomputes the forward updates the running mean once more",
            ["pytorch/pytorch#62471"],
            [NormOp.BatchRenorm],
            [NormPass.BackwardTraining],
            new() { Outputs = StrayUpdate.OfMean }
        ),
        Make.Fault(
            "stat-07",
            FaultClass.State,
            "a training forward that saves nothing for a backward leaves the running statistics stale",
            ["facebookresearch/fairscale#1035"],
            s_bn,
            Make.Training,
            () => new SkippedUpdate<float>(problem => !problem.Saved),
            () => new SkippedUpdate<double>(problem => !problem.Saved)
        ),
        Make.Around(
            "stat-14",
            FaultClass.State,
            "every call updates the running mean, inference too",
            ["FluxML/Flux.jl#2122"],
            s_bn,
            [NormPass.ForwardInference],
            new() { Outputs = StrayUpdate.OfMean }
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "stat-10",
            FaultClass.State,
            "an empty batch turns the running mean to NaN and shrinks the running variance",
            "pytorch/pytorch#12013",
            "a problem has no empty extents: the contract starts at one sample"
        ),
        new(
            "stat-12",
            FaultClass.State,
            "inference takes the root of a negative running variance",
            "pytorch/pytorch#106605",
            "a question of contract: √ of a negative state is NaN by the formula, so nothing else is asked for"
        ),
    ];

    private static Branch Last(IRecipe then, IRecipe otherwise) =>
        new(problem => problem.Layout == Layout.ChannelsLast, then, otherwise);
}
