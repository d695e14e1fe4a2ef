using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>
/// Mutants of the call as a whole: memory that is shared, kept or written. Most of them are right in a single call that
/// is not in place.
/// </summary>
internal static class StudyCalls
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormOp[] s_rows = [NormOp.LayerNorm, NormOp.RmsNorm];

    public static Fault[] All { get; } =
    [
        Wrapped.Fault(
            "m24a",
            FaultClass.Memory,
            "y is cleared before x is read, which in place is the same memory",
            [Study.Link("M24")],
            [.. NormOps.All],
            Make.Forward,
            () =>
                (right, problem, map, tensors) =>
                {
                    tensors.Overwrite(TensorRole.Y, y => new double[y.Length]);
                    right.Compute(problem, map, tensors);
                }
        ),
        Wrapped.Fault(
            "m24b",
            FaultClass.Memory,
            "dγ and dβ are made from dy after dx is written, which in place is the same memory",
            ["unslothai/unsloth#4550"],
            [.. NormOps.All],
            Make.Backward,
            () =>
                (right, problem, map, tensors) =>
                {
                    right.Compute(problem, map, tensors);

                    // dx is done; what the second pass finds for it is thrown away.
                    var scratch = tensors.Require(TensorRole.Dx).Clone();
                    right.Compute(problem, map, tensors.With(TensorRole.Dx, scratch));
                }
        ),
        Wrapped.Fault(
            "m25a",
            FaultClass.Memory,
            "x is used as scratch memory and holds y afterwards",
            ["ROCm/TransformerEngine#305"],
            s_rows,
            Make.Training,
            () => Copied(TensorRole.Y, TensorRole.X)
        ),
        Wrapped.Fault(
            "m25b",
            FaultClass.Memory,
            "dy is used as scratch memory and holds dx afterwards",
            ["ROCm/TransformerEngine#305"],
            s_rows,
            [NormPass.BackwardTraining],
            () => Copied(TensorRole.Dx, TensorRole.Dy)
        ),
        Make.Fault(
            "m33",
            FaultClass.Race,
            "terms are added in another order in every call",
            [Study.Link("M33")],
            [.. NormOps.All],
            [.. NormPasses.All],
            () => new AnotherOrder<float>(),
            () => new AnotherOrder<double>()
        ),
        Wrapped.Fault(
            "m41",
            FaultClass.Cheat,
            "the last y is given again where x has the same shape and the same first element",
            [Study.Link("M41")],
            s_ln,
            Make.Training,
            Cached
        ),
    ];

    private static WrongCall Copied(TensorRole from, TensorRole to) =>
        (right, problem, map, tensors) =>
        {
            right.Compute(problem, map, tensors);
            tensors.Overwrite(to, _ => tensors.Require(from).ToDoubles());
        };

    private static WrongCall Cached()
    {
        (Shape Shape, DType DType, double First) key = default;
        double[] kept = [];
        return (right, problem, map, tensors) =>
        {
            // Before the kernel: in place there is no x afterwards.
            var x = tensors.Require(TensorRole.X);
            var same = (problem.Shape, problem.DType, x.Read(0));
            right.Compute(problem, map, tensors);
            if (key == same)
            {
                tensors.Overwrite(TensorRole.Y, _ => kept);
                return;
            }

            (key, kept) = (same, tensors.Require(TensorRole.Y).ToDoubles());
        };
    }

    private sealed class AnotherOrder<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private static int s_calls = Environment.TickCount;
        private Random _order = new(0);

        public override void Begin(NormProblem problem) =>
            _order = new(Interlocked.Increment(ref s_calls));

        public override T Sum(ReadOnlySpan<T> terms)
        {
            var shuffled = terms.ToArray();
            _order.Shuffle(shuffled);
            return base.Sum(shuffled);
        }
    }
}
