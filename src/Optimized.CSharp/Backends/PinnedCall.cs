using System.Buffers;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Storage;
using Buffers = NormCheck.Optimized.Plans.Buffers;

namespace NormCheck.Optimized.Backends;

/// <summary>
/// Tensors as a plan wants them: pinned, and contiguous in the order of the problem's axes. One that lies otherwise is copied
/// on the way in and on the way out.
/// </summary>
internal sealed unsafe class PinnedCall : IRepeatableCall
{
    private readonly NormPlan _plan;
    private readonly List<MemoryHandle> _handles = [];
    private readonly List<(Tensor Outside, Tensor Inside, bool IsInput, bool IsOutput)> _copies =
    [];
    private readonly Buffers _buffers;

    public PinnedCall(NormPlan plan, TensorSet tensors)
    {
        _plan = plan;
        var specs = TensorPlan.For(plan.Problem).ToDictionary(spec => spec.Role);
        _buffers = new()
        {
            X = Pin(TensorRole.X),
            Y = Pin(TensorRole.Y),
            Dy = Pin(TensorRole.Dy),
            Dx = Pin(TensorRole.Dx),
            Gamma = Pin(TensorRole.Gamma),
            Beta = Pin(TensorRole.Beta),
            DGamma = Pin(TensorRole.DGamma),
            DBeta = Pin(TensorRole.DBeta),
            RunningMean = Pin(TensorRole.RunningMean),
            RunningSpread = specs.ContainsKey(TensorRole.RunningStd)
                ? Pin(TensorRole.RunningStd)
                : Pin(TensorRole.RunningVar),
            SavedMean = Pin(TensorRole.SavedMean),
            SavedInverseStd = Pin(TensorRole.SavedInvStd),
        };

        byte* Pin(TensorRole role) =>
            specs.TryGetValue(role, out var spec) ? Address(spec, tensors.Require(role)) : null;
    }

    public void Run()
    {
        foreach (var (outside, inside, isInput, _) in _copies)
        {
            if (isInput)
            {
                Move(outside, inside);
            }
        }

        _plan.Run(_buffers);
        foreach (var (outside, inside, _, isOutput) in _copies)
        {
            if (isOutput)
            {
                Move(inside, outside);
            }
        }
    }

    public void Dispose()
    {
        foreach (var handle in _handles)
        {
            handle.Dispose();
        }

        _plan.Dispose();
    }

    private byte* Address(TensorSpec spec, Tensor tensor)
    {
        if (!tensor.IsContiguous)
        {
            var inside = new Tensor(tensor.DType, tensor.Shape);
            _copies.Add((tensor, inside, spec.IsInput, spec.IsOutput));
            tensor = inside;
        }

        var handle = tensor.Data.Pin();
        _handles.Add(handle);
        return (byte*)handle.Pointer + (tensor.Offset * tensor.DType.Size());
    }

    /// <summary>Bits are moved as they are, whatever they mean.</summary>
    private static void Move(Tensor from, Tensor to)
    {
        switch (from.DType.Size())
        {
            case sizeof(ulong):
                Move<ulong>(from, to);
                break;
            case sizeof(uint):
                Move<uint>(from, to);
                break;
            default:
                Move<ushort>(from, to);
                break;
        }
    }

    private static void Move<T>(Tensor from, Tensor to)
        where T : unmanaged
    {
        var row = new T[from.Count];
        AxisWalk.Over(from).Gather<T, T, SameStorage<T>>(from.Span<T>(), 0, row);
        AxisWalk.Over(to).Scatter<T, T, SameStorage<T>>(row, to.Span<T>(), 0);
    }
}
