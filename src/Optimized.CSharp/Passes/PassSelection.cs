using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Rows;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Passes;

/// <summary>Chooses the loops for a problem: by element type, then by direction.</summary>
internal static class PassSelection
{
    /// <typeparam name="TSingle">Row math for f32, f16 and bf16 data.</typeparam>
    /// <typeparam name="TDouble">Row math for f64 data.</typeparam>
    public static void Run<TSingle, TDouble>(NormProblem problem, TensorSet tensors)
        where TSingle : struct, IRowMath<float>
        where TDouble : struct, IRowMath<double>
    {
        switch (problem.DType)
        {
            case DType.F32:
                Run<float, float, SameStorage<float>, TSingle>(problem, tensors);
                break;
            case DType.F64:
                Run<double, double, SameStorage<double>, TDouble>(problem, tensors);
                break;
            case DType.F16:
                Run<Half, float, HalfStorage, TSingle>(problem, tensors);
                break;
            default:
                Run<ushort, float, BFloat16Storage, TSingle>(problem, tensors);
                break;
        }
    }

    private static void Run<TStored, T, TStorage, TRow>(NormProblem problem, TensorSet tensors)
        where TStored : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
        where TStorage : IStorage<TStored, T>
        where TRow : struct, IRowMath<T>
    {
        if (problem.Pass.IsBackward())
        {
            BackwardPass<TStored, T, TStorage, TRow>.Run(problem, tensors);
        }
        else
        {
            ForwardPass<TStored, T, TStorage, TRow>.Run(problem, tensors);
        }
    }
}
