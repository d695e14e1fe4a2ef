using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Variants;

namespace NormCheck.Faults.Wrong;

/// <summary>Mutants of what is done with each element, and kernels that do not compute the norm.</summary>
internal static class StudyElements
{
    private static readonly NormOp[] s_channels =
    [
        NormOp.BatchNorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
    ];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "m4",
            FaultClass.Cancellation,
            "y is x·a + (β − μ·a), which leaves noise where x is near μ",
            ["pytorch/pytorch#94288"],
            [.. NormOps.All],
            Make.Forward,
            () => new ScaleShiftRecipe<float>(),
            () => new ScaleShiftRecipe<double>()
        ) with
        {
            Contract = "centre-first",
        },
        Make.Around(
            "m8",
            FaultClass.Affine,
            "γ is taken for 1",
            [Study.Link("M8")],
            [.. NormOps.All],
            [.. NormPasses.All],
            new() { Inputs = (_, tensors) => Filled(tensors, TensorRole.Gamma, 1) }
        ),
        Make.Around(
            "m9",
            FaultClass.Affine,
            "β is taken for 0",
            [Study.Link("M9")],
            [.. NormOps.All],
            Make.Forward,
            new() { Inputs = (_, tensors) => Filled(tensors, TensorRole.Beta, 0) }
        ),
        Make.Around(
            "m10a",
            FaultClass.Affine,
            "each channel is scaled by the γ of the next one",
            [Study.Link("M10")],
            s_channels,
            [.. NormPasses.All],
            new()
            {
                Inputs = (_, tensors) =>
                    tensors.Change(TensorRole.Gamma, gamma => [.. gamma[1..], gamma[0]]),
            }
        ),
        Make.Fault(
            "m10b",
            FaultClass.Affine,
            "γ and β are taken by the number of the group, not by the place in it",
            [Study.Link("M10")],
            [NormOp.LayerNorm, NormOp.RmsNorm, NormOp.GroupNorm],
            [NormPass.ForwardTraining, NormPass.BackwardTraining],
            () => new ParametersByGroup<float>(),
            () => new ParametersByGroup<double>()
        ),
        Make.Around(
            "m18",
            FaultClass.Cheat,
            "x loses its sign",
            [Study.Link("M18")],
            [.. NormOps.All],
            Make.Forward,
            new()
            {
                Inputs = (_, tensors) => tensors.Change(TensorRole.X, x => [.. x.Select(Math.Abs)]),
            }
        ),
        Make.Around(
            "m27",
            FaultClass.Mask,
            "a maximum that drops NaN makes 0 of every NaN in x",
            ["uxlfoundation/oneDNN#5370"],
            [.. NormOps.All],
            Make.Forward,
            new()
            {
                Inputs = (_, tensors) =>
                    tensors.Change(
                        TensorRole.X,
                        x => [.. x.Select(value => double.IsNaN(value) ? 0 : value)]
                    ),
            }
        ),
        Make.Around(
            "m28a",
            FaultClass.Mask,
            "x is held within the finite numbers of its type, so ∞ comes out as a number",
            [Study.Link("M28")],
            [.. NormOps.All],
            Make.Forward,
            new()
            {
                Inputs = (problem, tensors) =>
                    tensors.Change(
                        TensorRole.X,
                        x =>
                        {
                            var most = Largest(problem.DType);
                            return
                            [
                                .. x.Select(value =>
                                    double.IsInfinity(value) ? Math.CopySign(most, value) : value
                                ),
                            ];
                        }
                    ),
            }
        ),
        Make.Around(
            "m42",
            FaultClass.Cheat,
            "y is all zeros",
            ["ScalingIntelligence/KernelBench#165"],
            [.. NormOps.All],
            Make.Forward,
            new()
            {
                Outputs = (_, tensors) =>
                    tensors.Overwrite(TensorRole.Y, y => new double[y.Length]),
            }
        ),
    ];

    private static TensorSet Filled(TensorSet tensors, TensorRole role, double value) =>
        tensors.Change(role, old => [.. old.Select(_ => value)]);

    private static double Largest(DType dtype) =>
        dtype switch
        {
            DType.F64 => double.MaxValue,
            DType.F32 => float.MaxValue,
            DType.F16 => (double)Half.MaxValue,
            _ => Math.ScaleB(255.0 / 128, 127),
        };

    private sealed class ParametersByGroup<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override int Slot(int slot, int slots, int group, int k) => group % slots;
    }
}
