using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>One tensor of a native call: what it holds before the call and where it lies during it.</summary>
/// <param name="Spec">The tensor.</param>
/// <param name="Image">Its bytes before the call, as they lie in memory.</param>
/// <param name="SharedWith">In a call in place, the input whose memory an output uses.</param>
internal sealed record NativeBuffer(TensorSpec Spec, byte[] Image, TensorRole? SharedWith)
{
    /// <summary>True where the call may write it: outputs, and an input that an output shares.</summary>
    public required bool Writable { get; init; }

    public GuardedMemory? Memory { get; set; }
}

/// <summary>The buffers of native calls. Mapped memory is kept for later calls of about the same size.</summary>
internal sealed class NativeBuffers
{
    /// <summary>Beyond this, memory that was kept is given back before more is mapped.</summary>
    private const long MostKept = 1L << 30;

    private readonly Dictionary<(TensorRole Role, int Pages), GuardedMemory> _kept = [];
    private long _size;

    /// <summary>The tensors of a request as they are before the call.</summary>
    /// <exception cref="InputException">An input is missing or has another type or shape.</exception>
    public static List<NativeBuffer> Of(NormProblem problem, SafetensorsBlob request, bool inPlace)
    {
        TensorRole? shared =
            !inPlace ? null
            : problem.Pass.IsBackward() ? TensorRole.Dy
            : TensorRole.X;
        return
        [
            .. TensorPlan
                .For(problem)
                .Select(spec => new NativeBuffer(
                    spec,
                    Image(spec, request),
                    spec.Role is TensorRole.Y or TensorRole.Dx ? shared : null
                )
                {
                    Writable = spec.IsOutput || spec.Role == shared,
                }),
        ];
    }

    /// <summary>Gives every tensor memory and fills it.</summary>
    public void Place(IReadOnlyList<NativeBuffer> buffers, Placement placement, int alignment)
    {
        if (_size > MostKept)
        {
            Release();
        }

        foreach (var buffer in buffers.Where(buffer => buffer.SharedWith is null))
        {
            var length = buffer.Image.Length;
            var memory = Rent(buffer.Spec.Role, length + alignment - 1);
            var begin =
                placement == Placement.Before
                    ? 0
                    : (memory.Capacity - length) / alignment * alignment;
            memory.Place(begin, length, buffer.Spec.DType);
            buffer.Image.CopyTo(memory.Content);
            buffer.Memory = memory;
        }

        Share(buffers);
    }

    /// <summary>
    /// The same for timing: every buffer at another distance from a page's begin, as an allocator would have it. Buffers
    /// that all begin at a page slow each other down, since processors tell stores and loads apart by the low bits.
    /// </summary>
    public void PlaceForTiming(IReadOnlyList<NativeBuffer> buffers)
    {
        if (_size > MostKept)
        {
            Release();
        }

        foreach (var buffer in buffers.Where(buffer => buffer.SharedWith is null))
        {
            const int CacheLine = 64;
            var begin = CacheLine * (1 + (5 * (int)buffer.Spec.Role));
            var memory = Rent(buffer.Spec.Role, buffer.Image.Length + begin);
            memory.Place(begin, buffer.Image.Length, buffer.Spec.DType);
            buffer.Image.CopyTo(memory.Content);
            buffer.Memory = memory;
        }

        Share(buffers);
    }

    private static void Share(IReadOnlyList<NativeBuffer> buffers)
    {
        foreach (var buffer in buffers.Where(buffer => buffer.SharedWith is not null))
        {
            buffer.Memory = buffers.Single(other => other.Spec.Role == buffer.SharedWith).Memory;
        }
    }

    /// <summary>An input as its strides want it, an output full of poison.</summary>
    private static byte[] Image(TensorSpec spec, SafetensorsBlob request)
    {
        var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
        Poison.Fill(tensor);
        if (spec.IsInput)
        {
            var fits =
                request.Tensors.TryGetValue(spec.Role.Name(), out var given)
                && given.DType == spec.DType
                && given.Shape == spec.Shape;
            if (!fits)
            {
                throw new InputException(
                    $"expected tensor {spec.Role.Name()} as {spec.DType.Word()} {spec.Shape}"
                );
            }

            TensorBytes.Scatter(given!.Data.Span, tensor);
        }

        return TensorBytes.Content(tensor).ToArray();
    }

    private GuardedMemory Rent(TensorRole role, int length)
    {
        // Eight sizes for every power of two: a few stretches of memory serve all calls, little of each is padding.
        var pages = Math.Max(
            1,
            (int)(((long)length + GuardedMemory.Page - 1) / GuardedMemory.Page)
        );
        var step = Math.Max(1, 1 << Math.Max(0, BitOperations.Log2((uint)pages) - 3));
        pages = (pages + step - 1) / step * step;
        if (!_kept.TryGetValue((role, pages), out var memory))
        {
            _kept[(role, pages)] = memory = new(checked(pages * GuardedMemory.Page));
            _size += memory.Capacity;
        }

        return memory;
    }

    private void Release()
    {
        foreach (var memory in _kept.Values)
        {
            memory.Dispose();
        }

        _kept.Clear();
        _size = 0;
    }
}
