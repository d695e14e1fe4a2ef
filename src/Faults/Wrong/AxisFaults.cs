using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Which elements belong together, and which parameter and statistic an element gets.</summary>
internal static class AxisFaults
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormOp[] s_gn = [NormOp.GroupNorm];

    public static Fault[] All { get; } =
    [
        Wrapped.Fault(
            "axis-06a",
            FaultClass.Axis,
            "only two axes in space are known; the width of a tensor with one is read past its shape",
            ["Tencent/ncnn#4310"],
            s_gn,
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    if (problem.Rank == 3)
                    {
                        _ = problem.Shape[problem.Rank];
                    }

                    right.Compute(problem, map, tensors);
                }
        ),
        Make.Fault(
            "axis-06b",
            FaultClass.Axis,
            "only two axes in space are known; with one the other counts as 0, and sums are divided by 0",
            ["iree-org/iree#22956"],
            [NormOp.InstanceNorm],
            Make.Training,
            () => OneAxis<float>(),
            () => OneAxis<double>()
        ),
        Make.Fault(
            "axis-07",
            FaultClass.Axis,
            "the name of the layer is mixed up: columns are normalized, as batch norm would, not rows",
            ["tensorflow/tfjs#2174", "tensorflow/tfjs#2170"],
            s_ln,
            Make.Training,
            () => new ColumnRecipe<float>(),
            () => new ColumnRecipe<double>()
        ),
        Make.Around(
            "axis-08a",
            FaultClass.Axis,
            "the start values of γ and β are exchanged: without parameters γ is 0 and β is 1",
            ["google/objax#94"],
            s_ln,
            Make.Training,
            new()
            {
                Problem = problem =>
                    problem.Affine == AffineParts.None
                        ? problem with
                        {
                            Affine = AffineParts.Both,
                        }
                        : problem,
                Inputs = (problem, tensors) =>
                    problem.Affine == AffineParts.Both && tensors[TensorRole.Gamma] is null
                        ? tensors
                            .With(TensorRole.Gamma, Filled(problem, 0))
                            .With(TensorRole.Beta, Filled(problem, 1))
                        : tensors,
            }
        ),
        Make.Around(
            "axis-08b",
            FaultClass.Axis,
            "γ and β are exchanged",
            ["google/objax#94"],
            s_ln,
            Make.Training,
            new()
            {
                Inputs = (problem, tensors) =>
                    problem.Affine == AffineParts.Both
                        ? tensors
                            .With(TensorRole.Gamma, tensors[TensorRole.Beta])
                            .With(TensorRole.Beta, tensors[TensorRole.Gamma])
                        : tensors,
            }
        ),
        Make.Fault(
            "axis-09a",
            FaultClass.Axis,
            "statistics that should go across channels and space go over space alone",
            ["BVLC/caffe#932"],
            s_ln,
            Make.Training,
            () => new PlaneRecipe<float>(),
            () => new PlaneRecipe<double>()
        ),
        Make.Fault(
            "axis-09b",
            FaultClass.Axis,
            "statistics of a group go over the space of each channel alone, as in instance norm",
            ["BVLC/caffe#932"],
            s_gn,
            Make.Training,
            () => new PlaneRecipe<float>(),
            () => new PlaneRecipe<double>()
        ),
        Make.Fault(
            "axis-10",
            FaultClass.Axis,
            "with a single row the backward takes the saved μ and 1/σ by the number of the feature, so past their end",
            ["PaddlePaddle/Paddle#35480"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new ByFeature<float>(),
            () => new ByFeature<double>()
        ),
        Make.Fault(
            "axis-11",
            FaultClass.Axis,
            "sums are not cleared between samples, so a group's statistics hold those of all samples before it",
            ["tensorflow/addons#2745"],
            s_gn,
            Make.Training,
            () => new AcrossSamples<float>(),
            () => new AcrossSamples<double>()
        ),
        Wrapped.Fault(
            "axis-12a",
            FaultClass.Axis,
            "the factors that blend the result into the output are taken wrongly, so what y held is added",
            ["jiazhihao/TASO#47"],
            [NormOp.BatchNorm],
            Make.Forward,
            () => Accumulated(TensorRole.Y)
        ),
        Wrapped.Fault(
            "axis-12b",
            FaultClass.Axis,
            "the factors that blend gradients into their outputs are taken wrongly, so what dγ and dβ held is added",
            ["jiazhihao/TASO#47"],
            [NormOp.BatchNorm],
            Make.Backward,
            () => Accumulated(TensorRole.DGamma, TensorRole.DBeta)
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "axis-04",
            FaultClass.Axis,
            "a positive axis number is broadcast wrongly where the negative one is fine",
            "keras-team/keras#17402",
            "a backend is given axes counted from the front, so it never sees a negative one"
        ),
    ];

    /// <summary>A call that adds what outputs held before to what it computes.</summary>
    internal static WrongCall Accumulated(params TensorRole[] roles) =>
        (right, problem, map, tensors) =>
        {
            var before = roles.ToDictionary(role => role, role => tensors[role]?.ToDoubles());
            right.Compute(problem, map, tensors);
            foreach (var role in roles)
            {
                tensors.Overwrite(role, now => [.. now.Zip(before[role]!, (a, b) => a + b)]);
            }
        };

    private static Tensor Filled(NormProblem problem, double value)
    {
        var tensor = new Tensor(problem.DType.ParameterType(), problem.ParameterShape);
        tensor.CopyFrom([.. Enumerable.Repeat(value, (int)tensor.Count)]);
        return tensor;
    }

    private static Branch OneAxis<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(problem => problem.Rank == 3, new NoWidth<T>(), new Recipe<T>());

    /// <summary>μ = Σx/0.</summary>
    private sealed class NoWidth<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Mean(ReadOnlySpan<T> x) => Sum(x) / T.Zero;
    }

    private sealed class ByFeature<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k) => Problem.Saved && Groups == 1 ? k : group;
    }

    /// <summary>μ and v of a group over this and all earlier samples.</summary>
    private sealed class AcrossSamples<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly List<T[]> _rows = [];
        private int _groups;

        public override void Begin(NormProblem problem)
        {
            _groups = problem.Groups;
            _rows.Clear();
        }

        public override Moments<T> Measure(ReadOnlySpan<T> x)
        {
            var group = _rows.Count % _groups;
            _rows.Add(x.ToArray());
            return base.Measure(
                _rows.Where((_, k) => k % _groups == group).SelectMany(row => row).ToArray()
            );
        }
    }
}
