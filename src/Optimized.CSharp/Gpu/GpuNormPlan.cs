using NormCheck.Contract;
using NormCheck.Optimized.Gpu.Plans;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// A problem prepared for any number of calls on a device, where its data stays: kernels compiled, scratch memory
/// allocated. A plan belongs to one queue, and its calls run one after the other.
/// </summary>
public sealed class GpuNormPlan : IDisposable
{
    private static readonly TensorRole[] s_data = [TensorRole.X, TensorRole.Dy];

    private static readonly TensorRole[] s_parameters =
    [
        TensorRole.Gamma,
        TensorRole.Beta,
        TensorRole.DGamma,
        TensorRole.DBeta,
        TensorRole.RunningMean,
    ];

    private static readonly TensorRole[] s_saved = [TensorRole.SavedMean, TensorRole.SavedInvStd];

    private readonly GpuProgram _program;
    private readonly GpuKernels _kernels;
    private readonly GpuBuffer _numbers;
    private readonly GpuBuffer _numbersOfRepeat;
    private readonly GpuBuffer _constants;
    private readonly GpuBuffer _scratch;
    private readonly IReadOnlyList<TensorSpec> _tensors;

    /// <exception cref="InputException">The problem makes no sense, or is not one of those that are computed here.</exception>
    /// <exception cref="GpuException">The driver fails; the message has the compiler's log.</exception>
    public GpuNormPlan(GpuQueue queue, NormProblem problem, Tier tier = Tier.Faithful)
    {
        if (Refuses(problem, tier, queue.Device) is { } reason)
        {
            throw new InputException(reason);
        }

        Problem = problem.Validated();
        Tier = tier;
        var variant = KernelVariant.Of(Problem.DType, tier);
        _tensors = TensorPlan.For(Problem);
        _program = new(Problem, variant);
        _kernels = queue.Kernels(variant);
        _numbers = Filled<long>(queue, _program.Numbers(repeats: false));
        _numbersOfRepeat = Filled<long>(queue, _program.Numbers(repeats: true));
        var constants = _program.Constants();
        _constants = variant.IsDouble
            ? Filled<double>(queue, constants)
            : Filled<float>(queue, [.. constants.Select(value => (float)value)]);
        _scratch = queue.Allocate(_program.ScratchNumbers * variant.RealBytes);
    }

    public NormProblem Problem { get; }

    public Tier Tier { get; }

    /// <summary>Null where the problem can be computed on a device, otherwise the reason in one line.</summary>
    public static string? Refuses(NormProblem problem, Tier tier, GpuDevice device) =>
        NormPlan.Refuses(problem)
        ?? (
            device.HasDouble || !KernelVariant.Of(problem.DType, tier).IsDouble ? null
            : problem.DType == DType.F64 ? $"{device.Name} has no binary64 arithmetic"
            : $"{device.Name} has no binary64 arithmetic, which tier Faithful needs: expected tier Fast"
        );

    /// <summary>
    /// Puts one call into the queue. What it reads has to be there when the queue comes to it; what it writes is there after
    /// everything else that was put in before (<see cref="GpuQueue.Finish"/>, or a read).
    /// </summary>
    /// <exception cref="InputException">A tensor is missing or of the wrong size.</exception>
    public void Enqueue(GpuTensors tensors)
    {
        foreach (var spec in _tensors)
        {
            var bytes = spec.Shape.Count * spec.DType.Size();
            if (tensors[spec.Role] is not { } buffer || buffer.Bytes != bytes)
            {
                throw new InputException(
                    $"expected tensor {spec.Role.Name()} of {bytes} bytes on the device, got {(tensors[spec.Role] is { } other ? $"one of {other.Bytes}" : "none")}"
                );
            }
        }

        Span<nint> arguments = stackalloc nint[14];
        Fill(tensors, arguments);
        foreach (var step in _program.Steps)
        {
            arguments[0] = (step.Repeats ? _numbersOfRepeat : _numbers).Handle;
            _kernels.Launch(step.Kernel, step.Groups, step.Items, arguments);
        }
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _numbersOfRepeat.Dispose();
        _constants.Dispose();
        _scratch.Dispose();
    }

    /// <summary>The arguments that all kernels have, in their order; tensors that the problem has not are null.</summary>
    private void Fill(GpuTensors tensors, Span<nint> arguments)
    {
        arguments[1] = _constants.Handle;
        arguments[2] = _scratch.Handle;
        var next = 3;
        foreach (var role in s_data)
        {
            arguments[next++] = Handle(role);
        }

        arguments[next++] = Handle(Problem.Pass.IsBackward() ? TensorRole.Dx : TensorRole.Y);
        foreach (var role in s_parameters)
        {
            arguments[next++] = Handle(role);
        }

        var spread =
            Problem.Op == NormOp.BatchRenorm ? TensorRole.RunningStd : TensorRole.RunningVar;
        arguments[next++] = Handle(spread);
        foreach (var role in s_saved)
        {
            arguments[next++] = Handle(role);
        }

        nint Handle(TensorRole role) =>
            _tensors.Any(spec => spec.Role == role) ? tensors.Handle(role) : 0;
    }

    private static GpuBuffer Filled<T>(GpuQueue queue, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var buffer = queue.Allocate(
            values.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>()
        );
        queue.Write(buffer, values);
        return buffer;
    }
}
