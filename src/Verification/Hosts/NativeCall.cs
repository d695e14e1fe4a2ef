using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Calls a library once for every placement of its buffers: against an unreadable page behind them, then against one
/// before them. Inputs are read-only meanwhile, outputs hold poison.
/// </summary>
internal sealed unsafe class NativeCall(NativeLibraryApi library)
{
    private readonly Dictionary<(TensorRole Role, int Pages), GuardedMemory> _memory = [];

    public bool Supports(NormProblem problem)
    {
        fixed (long* shape = Extents(problem.MemoryShape))
        {
            var native = Marshal(problem, shape);
            return library.Supports(&native) == 0;
        }
    }

    public SafetensorsBlob Run(NormProblem problem, SafetensorsBlob request)
    {
        var placements = request.Metadata.TryGetValue(Protection.PlacementsKey, out var text)
            ? text.Split(',')
            : [.. Protection.Placements];
        var answer = NativeWorker.Say("ok", "");
        foreach (var placement in placements)
        {
            var outcome = RunOnce(problem, request, placement == Protection.After, answer);
            if (outcome is not null)
            {
                return outcome;
            }
        }

        return answer;
    }

    /// <summary>Null where the call completed; its outputs are then in the answer (those of the first placement).</summary>
    private SafetensorsBlob? RunOnce(NormProblem problem, SafetensorsBlob request, bool atEnd, SafetensorsBlob answer)
    {
        var plan = TensorPlan.For(problem);
        var relax = request.Metadata.GetValueOrDefault(Protection.RelaxKey, "");
        var only = request.Metadata.GetValueOrDefault(Protection.RelaxTensorKey, "");
        var buffers = new GuardedMemory[plan.Count];
        var native = stackalloc NcTensor[TensorRoles.All.Count];
        new Span<byte>(native, sizeof(NcTensor) * TensorRoles.All.Count).Clear();

        // Extents and strides of all tensors lie in one pinned array.
        var numbers = new long[plan.Sum(spec => 2 * spec.Shape.Rank)];
        fixed (long* pinned = numbers)
        fixed (long* shape = Extents(problem.MemoryShape))
        {
            var at = 0;
            for (var k = 0; k < plan.Count; k++)
            {
                var spec = plan[k];
                var content = Content(spec, request);
                buffers[k] = Rent(spec.Role, content.Length);
                buffers[k].Place(content.Length, atEnd);
                content.CopyTo(buffers[k].Content);
                native[(int)spec.Role] = Marshal(spec, buffers[k].Data, pinned + at);
                at += 2 * spec.Shape.Rank;
                var relaxed = only.Length == 0 || only == spec.Role.Name();
                buffers[k]
                    .Arm(
                        spec.Access == TensorAccess.Read && !(relaxed && relax == Protection.InputsWritable),
                        relaxed && relax == Protection.GuardsReadable,
                        relaxed && relax == Protection.GuardsWritable
                    );
            }

            var problemStruct = Marshal(problem, shape);
            var status = library.Run(&problemStruct, native);
            return Finish(plan, buffers, status, answer);
        }
    }

    private static SafetensorsBlob? Finish(
        IReadOnlyList<TensorSpec> plan,
        GuardedMemory[] buffers,
        int status,
        SafetensorsBlob answer
    )
    {
        for (var k = 0; k < plan.Count; k++)
        {
            if (buffers[k].Trespass() is { } side)
            {
                var trespass = NativeWorker.Say("failed", $"memory {side} {plan[k].Role.Name()} is written");
                trespass.Metadata["finding"] = nameof(RunStatus.OutOfBoundsWrite);
                return trespass;
            }
        }

        switch (status)
        {
            case 0:
                break;
            case 1:
                return NativeWorker.Say("unsupported", "normcheck_run says NC_UNSUPPORTED");
            case 2:
                return NativeWorker.Say("invalid_argument", "normcheck_run says NC_INVALID_ARGUMENT");
            case 3:
                return NativeWorker.Say("failed", "normcheck_run says NC_FAILED");
            default:
                return NativeWorker.Say("failed", $"normcheck_run gives {status}, which is no nc_status");
        }

        for (var k = 0; k < plan.Count; k++)
        {
            var spec = plan[k];
            if (spec.IsOutput && !answer.Tensors.ContainsKey(spec.Role.Name()))
            {
                answer.Tensors[spec.Role.Name()] = new(spec.DType, spec.Shape, data: buffers[k].Content.ToArray());
            }
        }

        return null;
    }

    /// <summary>The bytes of a tensor before the call: an input as it is to lie in memory, an output full of poison.</summary>
    private static byte[] Content(TensorSpec spec, SafetensorsBlob request)
    {
        var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
        if (!spec.IsInput)
        {
            Poison.Fill(tensor);
            return tensor.Data.ToArray();
        }

        if (
            !request.Tensors.TryGetValue(spec.Role.Name(), out var given)
            || given.DType != spec.DType
            || given.Shape != spec.Shape
        )
        {
            throw new InputException($"expected tensor {spec.Role.Name()} as {spec.DType.Word()} {spec.Shape}");
        }

        if (tensor.IsContiguous)
        {
            return given.Data.ToArray();
        }

        var size = spec.DType.Size();
        var at = 0;
        foreach (var distance in tensor.Distances())
        {
            given.Data.Span.Slice(at, size).CopyTo(tensor.Data.Span[((int)distance * size)..]);
            at += size;
        }

        return tensor.Data.ToArray();
    }

    private GuardedMemory Rent(TensorRole role, int length)
    {
        // Powers of two, so that a few stretches of memory serve all sizes.
        var pages = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, (length + 4095) / 4096));
        if (!_memory.TryGetValue((role, pages), out var memory))
        {
            _memory[(role, pages)] = memory = new GuardedMemory(pages * 4096);
        }

        return memory;
    }

    private static long[] Extents(Shape shape) => [.. shape.Extents.Select(extent => (long)extent)];

    private static NcProblem Marshal(NormProblem problem, long* shape) =>
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

    private static NcTensor Marshal(TensorSpec spec, byte* data, long* numbers)
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
}
