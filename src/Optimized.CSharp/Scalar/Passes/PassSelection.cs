using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Rows;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Passes;

/// <summary>Chooses the loops for a problem: by element type, then by direction.</summary>
internal static class PassSelection
{
    public static void Run(NormProblem problem, TensorSet tensors)
    {
        switch (problem.DType)
        {
            case DType.F32:
                Run<float, float, SameStorage<float>>(problem, tensors);
                break;
            case DType.F64:
                Run<double, double, SameStorage<double>>(problem, tensors);
                break;
            case DType.F16:
                Run<Half, float, HalfStorage>(problem, tensors);
                break;
            default:
                Run<ushort, float, BFloat16Storage>(problem, tensors);
                break;
        }
    }

    private static void Run<TStored, T, TStorage>(NormProblem problem, TensorSet tensors)
        where TStored : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
        where TStorage : IStorage<TStored, T>
    {
        if (problem.Pass.IsBackward())
        {
            BackwardPass<TStored, T, TStorage>.Run(problem, tensors);
        }
        else
        {
            ForwardPass<TStored, T, TStorage>.Run(problem, tensors);
        }
    }
}
