using System.Diagnostics;
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

            var status = Call(problem, buffers, repetitions: 1, nanoseconds: null);
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

    /// <summary>Repeats a call on unprotected memory and measures each repetition.</summary>
    public SafetensorsBlob Time(NormProblem problem, SafetensorsBlob request)
    {
        var text = request.Require("repetitions");
        if (!int.TryParse(text, out var repetitions) || repetitions < 1)
        {
            throw new InputException($"expected repetitions of at least 1, got '{text}'");
        }

        var buffers = NativeBuffers.Of(problem, request, Relaxation.Read(request.Metadata).InPlace);
        _memory.PlaceForTiming(buffers);
        var nanoseconds = new List<long>();
        var status = Call(problem, buffers, repetitions, nanoseconds);
        if (Misdeed(buffers) is { } misdeed)
        {
            return misdeed;
        }

        if (status != 0)
        {
            return Refusal(status);
        }

        var answer = NativeWorker.Say("ok", "");
        answer.Metadata["nanoseconds"] = string.Join(',', nanoseconds);
        AddOutputs(buffers, answer);
        return answer;
    }

    private int Call(
        NormProblem problem,
        IReadOnlyList<NativeBuffer> buffers,
        int repetitions,
        List<long>? nanoseconds
    )
    {
        // Extents and strides of all tensors lie in one pinned array.
        var numbers = new long[buffers.Sum(buffer => 2 * buffer.Spec.Shape.Rank)];
        var tensors = new NcTensors();
        fixed (long* pinned = numbers)
        fixed (long* shape = NativeAbi.Extents(problem.MemoryShape))
        {
            var next = pinned;
            foreach (var buffer in buffers)
            {
                tensors[(int)buffer.Spec.Role] = NativeAbi.Tensor(
                    buffer.Spec,
                    buffer.Memory!.Data,
                    next
                );
                next += 2 * buffer.Spec.Shape.Rank;
            }

            var native = NativeAbi.Problem(problem, shape);
            var status = 0;
            for (var k = 0; k < repetitions && status == 0; k++)
            {
                if (k > 0)
                {
                    Restore(buffers);
                }

                var begin = Stopwatch.GetTimestamp();
                status = library.Run(&native, &tensors);
                nanoseconds?.Add((long)Stopwatch.GetElapsedTime(begin).TotalNanoseconds);
            }

            return status;
        }
    }

    /// <summary>Puts back what a call reads and overwrites, so that every repetition computes the same.</summary>
    private static void Restore(IReadOnlyList<NativeBuffer> buffers)
    {
        foreach (var buffer in buffers)
        {
            if (buffer.Writable && buffer.Spec.IsInput)
            {
                buffer.Image.CopyTo(buffer.Memory!.Content);
            }
        }
    }

    private static SafetensorsBlob? Misdeed(IReadOnlyList<NativeBuffer> buffers)
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

    private static SafetensorsBlob Refusal(int status) =>
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

    private static void AddOutputs(IReadOnlyList<NativeBuffer> buffers, SafetensorsBlob answer)
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
