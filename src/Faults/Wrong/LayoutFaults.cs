using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Strides, contiguity, memory format.</summary>
internal static class LayoutFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Make.Around(
            "lay-01",
            FaultClass.Layout,
            "with a single sample the strides of dy are not looked at",
            ["pytorch/pytorch#67976"],
            [NormOp.InstanceNorm],
            [NormPass.BackwardTraining],
            new()
            {
                Inputs = (problem, tensors) =>
                    problem.Shape[0] == 1
                        ? tensors.With(TensorRole.Dy, tensors.Require(TensorRole.Dy).AsContiguous())
                        : tensors,
            }
        ),
        Make.Around(
            "lay-03",
            FaultClass.Layout,
            "the backward gathers channels-last x into channels-first order and goes on as if it were still channels-last",
            ["pytorch/pytorch#175189", "pytorch/pytorch#181411"],
            s_bn,
            Make.Backward,
            new()
            {
                Inputs = (problem, tensors) =>
                    problem.Layout == Layout.ChannelsLast
                        ? tensors.Change(
                            TensorRole.X,
                            _ => ChannelsFirst(problem, tensors.Require(TensorRole.X))
                        )
                        : tensors,
            }
        ),
        Make.Fault(
            "lay-04",
            FaultClass.Layout,
            "the channels-last code path of the backward adds up in binary16",
            ["pytorch/pytorch#147303"],
            s_bn,
            Make.Backward,
            () =>
                new Branch(
                    problem => problem.Layout == Layout.ChannelsLast,
                    new ShortSumsRecipe<float>(),
                    new Recipe<float>()
                ),
            () => new Recipe<double>(),
            dtypes: [DType.F16]
        ),
        Wrapped.Fault(
            "lay-05",
            FaultClass.Layout,
            "strides are compared number by number, so a dy of extent 1 in space counts as another format and is refused",
            ["pytorch/pytorch#115940"],
            [NormOp.GroupNorm],
            [NormPass.BackwardTraining],
            () =>
                (right, problem, map, tensors) =>
                {
                    // Formats that differ in earnest are converted; only these are not expected to differ.
                    var dy = tensors.Require(TensorRole.Dy);
                    var flat = problem.Rank > 2 && problem.Shape.Slice(2, problem.Rank).Count == 1;
                    if (flat && !dy.Strides.SequenceEqual(tensors.Require(TensorRole.X).Strides))
                    {
                        throw new NotSupportedException("x and dy have different memory formats");
                    }

                    right.Compute(problem, map, tensors);
                }
        ),
        Make.Around(
            "lay-06a",
            FaultClass.Layout,
            "statistics and parameters are taken in turns along memory, as if channels were always last",
            ["tensorflow/tfjs#1106"],
            s_bn,
            [NormPass.ForwardInference],
            new()
            {
                Problem = problem => problem with { Layout = Layout.ChannelsLast },
                Inputs = (problem, tensors) =>
                    Relabelled(Relabelled(tensors, TensorRole.X, problem), TensorRole.Y, problem),
            }
        ),
        Make.Fault(
            "lay-06b",
            FaultClass.Layout,
            "γ and β are taken in turns along memory, as if channels were always last; the statistics are right",
            ["tensorflow/tfjs#1106"],
            s_bn,
            Make.Training,
            () => new ParametersInTurn<float>(),
            () => new ParametersInTurn<double>()
        ),
        Wrapped.Fault(
            "lay-10",
            FaultClass.Layout,
            "a dy with strides of its own is refused as a bad parameter",
            ["Dao-AILab/quack#88", "pytorch/pytorch#1866", "pytorch/pytorch#602"],
            s_bn,
            Make.Backward,
            () =>
                (right, problem, map, tensors) =>
                {
                    if (!tensors.Require(TensorRole.Dy).IsContiguous)
                    {
                        throw new ArgumentException("dy must be dense");
                    }

                    right.Compute(problem, map, tensors);
                }
        ),
        Make.Around(
            "lay-12a",
            FaultClass.Layout,
            "with a multiple of 8 channels the forward takes x blocked by 8 channels for plain channels-first",
            ["apache/mxnet#19150", "apache/mxnet#19299"],
            s_bn,
            Make.Forward,
            new() { Inputs = (problem, tensors) => Blocked(problem, tensors, TensorRole.X) }
        ),
        Make.Around(
            "lay-12b",
            FaultClass.Layout,
            "with a multiple of 8 channels the backward takes dy blocked by 8 channels for plain channels-first",
            ["apache/mxnet#20858", "apache/mxnet#20907"],
            s_bn,
            Make.Backward,
            new() { Inputs = (problem, tensors) => Blocked(problem, tensors, TensorRole.Dy) }
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "lay-11",
            FaultClass.Layout,
            "RMS norm is wrong on a transposed x",
            "torch-spyre/torch-spyre#1781",
            "x always lies dense in the order of its axes; only dy may have strides of its own, and only where there are channels"
        ),
    ];

    /// <summary>The values of a tensor in the order N, C, spatial, wherever they lie.</summary>
    private static double[] ChannelsFirst(NormProblem problem, Tensor tensor)
    {
        var order = problem.AxisOrder;
        var strides = new long[order.Length];
        for (var k = 0; k < order.Length; k++)
        {
            strides[order[k]] = tensor.Strides[k];
        }

        return new Tensor(
            tensor.DType,
            problem.Shape,
            strides,
            tensor.Data,
            tensor.Offset
        ).ToDoubles();
    }

    private static TensorSet Relabelled(TensorSet tensors, TensorRole role, NormProblem problem) =>
        tensors.With(role, tensors.Require(role).AsContiguous(problem.MemoryShape));

    /// <summary>The values in the order N, C/8, spatial, 8, stored as if they were in the order N, C, spatial.</summary>
    private static TensorSet Blocked(NormProblem problem, TensorSet tensors, TensorRole role)
    {
        const int Block = 8;
        var channels = problem.Channels;
        if (problem.Layout != Layout.ChannelsFirst || channels % Block != 0)
        {
            return tensors;
        }

        return tensors.Change(
            role,
            plain =>
            {
                var places = (int)problem.Shape.Slice(2, problem.Rank).Count;
                var blocked = new double[plain.Length];
                for (var i = 0; i < plain.Length; i++)
                {
                    var (plane, place) = Math.DivRem(i, places);
                    var (block, lane) = Math.DivRem(plane, Block);
                    blocked[(((block * places) + place) * Block) + lane] = plain[i];
                }

                return blocked;
            }
        );
    }

    /// <summary>γ and β of the position in memory modulo the number of channels.</summary>
    private sealed class ParametersInTurn<T> : Recipe<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        private NormProblem _problem = null!;

        public override void Begin(NormProblem problem) => _problem = problem;

        public override int Slot(int slot, int slots, int group, int k) =>
            StatisticsInTurn<T>.Turn(_problem, slots, group, k);
    }
}
