using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Calls a library once for every placement of its buffers: against an unreadable page behind them, then against one
/// before them. Inputs are read-only meanwhile, outputs and padding hold poison.
/// </summary>
internal sealed unsafe class NativeCall(NativeLibraryApi library)
{
    private readonly NativeBuffers _memory = new();

    public SafetensorsBlob Supports(NormProblem problem)
    {
        fixed (long* shape = NativeAbi.Extents(problem.MemoryShape))
        {
            var native = NativeAbi.Problem(problem, shape);
            var answer = library.Supports(&native);
            if (answer is not (0 or 1))
            {
                return NativeWorker.Say(
                    "failed",
                    $"expected 0 (yes) or 1 (no) of normcheck_supports, got {answer}"
                );
            }

            var said = NativeWorker.Say("ok", answer == 0 ? "" : "normcheck_supports says no");
            said.Metadata["supported"] = answer == 0 ? "1" : "0";
            return said;
        }
    }

    public SafetensorsBlob Run(NormProblem problem, SafetensorsBlob request)
    {
        var relaxation = Relaxation.Read(request.Metadata);
        var buffers = NativeBuffers.Of(problem, request, relaxation.InPlace);
        var answer = NativeWorker.Say("ok", "");
        foreach (var placement in relaxation.Placements)
        {
            _memory.Place(buffers, placement, relaxation.Alignment);
            foreach (var buffer in buffers.Where(buffer => buffer.SharedWith is null))
            {
                var role = buffer.Spec.Role;
                buffer.Memory!.Arm(
                    readOnly: !buffer.Writable && !relaxation.WritableInputs.Contains(role),
                    before: relaxation.Access(new(role, Behind: false)),
                    behind: relaxation.Access(new(role, Behind: true))
                );
            }

            var status = Call(problem, buffers);
            if (Misdeed(buffers) is { } misdeed)
            {
                return misdeed;
            }

            if (status != 0)
            {
                return Refusal(status);
            }

            if (answer.Tensors.Count == 0)
            {
                AddOutputs(buffers, answer);
            }
        }

        return answer;
    }

    /// <summary>Sets a call up and repeats it: the command <c>time</c>.</summary>
    public SafetensorsBlob Time(NormProblem problem, SafetensorsBlob request)
    {
        using var call = new NativeTimedCall(library, _memory, problem, request);
        var answer = call.Repeat(request);
        if (answer.Metadata["status"] != "ok")
        {
            return answer;
        }

        var collected = call.Collect();
        if (collected.Metadata["status"] == "ok")
        {
            collected.Metadata["nanoseconds"] = answer.Metadata["nanoseconds"];
        }

        return collected;
    }

    /// <summary>Sets a call up on the memory that all calls share: nothing else may run until it is disposed.</summary>
    /// <exception cref="InputException">An input is missing, or the library says that it cannot.</exception>
    public NativeTimedCall Prepare(NormProblem problem, SafetensorsBlob request) =>
        new(library, _memory, problem, request);

    private int Call(NormProblem problem, IReadOnlyList<NativeBuffer> buffers)
    {
        // Extents and strides of all tensors lie in one pinned array.
        fixed (long* numbers = NativeAbi.Numbers(buffers))
        fixed (long* shape = NativeAbi.Extents(problem.MemoryShape))
        {
            var native = NativeAbi.Problem(problem, shape);
            var tensors = NativeAbi.Tensors(buffers, numbers);
            return library.Run(&native, &tensors);
        }
    }

    internal static SafetensorsBlob? Misdeed(IReadOnlyList<NativeBuffer> buffers)
    {
        var own = buffers.Where(buffer => buffer.SharedWith is null).ToList();
        var trespasses = own.Select(buffer => buffer.Memory!.Trespass(buffer.Spec.Role.Name()))
            .OfType<string>()
            .ToList();
        if (trespasses.Count > 0)
        {
            var answer = NativeWorker.Say("failed", string.Join("; ", trespasses));
            answer.Metadata["finding"] = nameof(RunStatus.OutOfBoundsWrite);
            return answer;
        }

        // Read-only memory is as it was; only where a protection is relaxed can there be a difference.
        var modified = own.FirstOrDefault(buffer =>
            !buffer.Writable && !buffer.Memory!.Content.SequenceEqual(buffer.Image)
        );
        if (modified is null)
        {
            return null;
        }

        var said = NativeWorker.Say("failed", "an input was written");
        said.Metadata["modified"] = modified.Spec.Role.Name();
        return said;
    }

    internal static SafetensorsBlob Refusal(int status) =>
        status switch
        {
            1 => NativeWorker.Say("unsupported", "normcheck_run says NC_UNSUPPORTED"),
            2 => NativeWorker.Say("invalid_argument", "normcheck_run says NC_INVALID_ARGUMENT"),
            3 => NativeWorker.Say("failed", "normcheck_run says NC_FAILED"),
            _ => NativeWorker.Say(
                "failed",
                $"expected an nc_status (0 to 3) of normcheck_run, got {status}"
            ),
        };

    internal static void AddOutputs(IReadOnlyList<NativeBuffer> buffers, SafetensorsBlob answer)
    {
        foreach (var buffer in buffers.Where(buffer => buffer.Spec.IsOutput))
        {
            var spec = buffer.Spec;
            answer.Tensors[spec.Role.Name()] = new(
                spec.DType,
                spec.Shape,
                [.. spec.Strides],
                buffer.Memory!.Content.ToArray()
            );
        }
    }
}
