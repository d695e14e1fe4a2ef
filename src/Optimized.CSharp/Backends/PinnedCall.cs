using System.Buffers;
using NormCheck.Contract;
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
                TensorCopy.Move(outside, inside);
            }
        }

        _plan.Run(_buffers);
        foreach (var (outside, inside, _, isOutput) in _copies)
        {
            if (isOutput)
            {
                TensorCopy.Move(inside, outside);
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
}
