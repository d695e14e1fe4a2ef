using NormCheck.Contract;
using NormCheck.Optimized.Gpu.Plans;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// A problem prepared for any number of calls on a device, where its data stays: kernels compiled, scratch memory
/// allocated. A plan belongs to one queue, and its calls run one after the other.
/// </summary>
public sealed class GpuNormPlan : IDisposable
{
    /// <summary>Arguments before the tensors: numbers, constants, scratch memory.</summary>
    private const int OwnArguments = 3;

    private readonly GpuProgram _program;
    private readonly GpuKernels _kernels;
    private readonly GpuBuffer _numbers;
    private readonly GpuBuffer _numbersOfRepeat;
    private readonly GpuBuffer _constants;
    private readonly GpuBuffer _scratch;
    private readonly IReadOnlyList<TensorSpec> _tensors;

    /// <summary>The tensors that all kernels have for arguments, in their order; null: the problem has none.</summary>
    private readonly TensorRole?[] _order;

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
        _order = OrderOf(Problem, _tensors);
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

        Span<nint> arguments = stackalloc nint[OwnArguments + _order.Length];
        arguments[1] = _constants.Handle;
        arguments[2] = _scratch.Handle;
        for (var i = 0; i < _order.Length; i++)
        {
            arguments[OwnArguments + i] = _order[i] is { } role ? tensors.Handle(role) : 0;
        }

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

    private static TensorRole?[] OrderOf(NormProblem problem, IReadOnlyList<TensorSpec> tensors)
    {
        TensorRole[] order =
        [
            TensorRole.X,
            TensorRole.Dy,
            problem.Pass.IsBackward() ? TensorRole.Dx : TensorRole.Y,
            TensorRole.Gamma,
            TensorRole.Beta,
            TensorRole.DGamma,
            TensorRole.DBeta,
            TensorRole.RunningMean,
            problem.Op == NormOp.BatchRenorm ? TensorRole.RunningStd : TensorRole.RunningVar,
            TensorRole.SavedMean,
            TensorRole.SavedInvStd,
        ];
        return
        [
            .. order.Select(role =>
                tensors.Any(spec => spec.Role == role) ? role : (TensorRole?)null
            ),
        ];
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
