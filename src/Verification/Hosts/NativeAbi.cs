using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>nc_tensor of normcheck.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcTensor
{
    public void* Data;
    public long* Shape;
    public long* Strides;
    public int Rank;
    public int DType;
}

/// <summary>nc_tensors of normcheck.h: one for every <see cref="TensorRole"/>, in that order.</summary>
[InlineArray(13)]
internal struct NcTensors
{
    private NcTensor _first;
}

/// <summary>nc_problem of normcheck.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcProblem
{
    public uint StructSize;
    public int Op;
    public int Pass;
    public int Rank;
    public long* Shape;
    public int DType;
    public int ChannelAxis;
    public int FirstNormalizedAxis;
    public int Groups;
    public double Epsilon;
    public double Momentum;
    public double RMax;
    public double DMax;
    public int StoredVariance;
}

/// <summary>Problems and tensors as the structs of the C ABI.</summary>
internal static unsafe class NativeAbi
{
    /// <summary>Extents in memory that does not move.</summary>
    public static long[] Extents(Shape shape)
    {
        var extents = GC.AllocateArray<long>(Math.Max(1, shape.Rank), pinned: true);
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            extents[axis] = shape[axis];
        }

        return extents;
    }

    /// <param name="problem">The problem.</param>
    /// <param name="shape">The extents of its memory shape, pinned.</param>
    public static NcProblem Problem(NormProblem problem, long* shape) =>
        new()
        {
            StructSize = (uint)sizeof(NcProblem),
            Op = (int)problem.Op,
            Pass = (int)problem.Pass,
            Rank = problem.Rank,
            Shape = shape,
            DType = (int)problem.DType,
            ChannelAxis = problem.ChannelAxis,
            FirstNormalizedAxis = problem.Axis,
            Groups = problem.Groups,
            Epsilon = problem.Epsilon,
            Momentum = problem.Momentum,
            RMax = problem.RMax,
            DMax = problem.DMax,
            StoredVariance = ProblemFields.StoredVariance(problem),
        };

    /// <param name="spec">The tensor.</param>
    /// <param name="data">Its first element.</param>
    /// <param name="numbers">Pinned room for its extents and then its strides, which is filled here.</param>
    public static NcTensor Tensor(TensorSpec spec, byte* data, long* numbers)
    {
        var rank = spec.Shape.Rank;
        for (var axis = 0; axis < rank; axis++)
        {
            numbers[axis] = spec.Shape[axis];
            numbers[rank + axis] = spec.Strides[axis];
        }

        return new()
        {
            Data = data,
            Shape = numbers,
            Strides = numbers + rank,
            Rank = rank,
            DType = (int)spec.DType,
        };
    }

    /// <summary>Room for the extents and strides of all tensors of a call.</summary>
    public static long[] Numbers(IReadOnlyList<NativeBuffer> buffers) =>
        GC.AllocateArray<long>(
            Math.Max(1, buffers.Sum(buffer => 2 * buffer.Spec.Shape.Rank)),
            pinned: true
        );

    /// <param name="buffers">The tensors where they lie.</param>
    /// <param name="numbers">What <see cref="Numbers"/> gave, which is filled here.</param>
    public static NcTensors Tensors(IReadOnlyList<NativeBuffer> buffers, long* numbers)
    {
        var tensors = new NcTensors();
        foreach (var buffer in buffers)
        {
            tensors[(int)buffer.Spec.Role] = Tensor(buffer.Spec, buffer.Memory!.Data, numbers);
            numbers += 2 * buffer.Spec.Shape.Rank;
        }

        return tensors;
    }
}
