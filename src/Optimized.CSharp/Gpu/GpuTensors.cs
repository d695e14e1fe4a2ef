using NormCheck.Contract;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// Buffers of a device that hold the tensors of a call, by role: contiguous, in the problem's layout. Y may be X, and Dx
/// may be Dy.
/// </summary>
public sealed class GpuTensors
{
    private readonly GpuBuffer?[] _buffers = new GpuBuffer?[TensorRoles.All.Count];

    public GpuBuffer? this[TensorRole role]
    {
        get => _buffers[(int)role];
        set => _buffers[(int)role] = value;
    }

    internal nint Handle(TensorRole role) => this[role]?.Handle ?? 0;
}
