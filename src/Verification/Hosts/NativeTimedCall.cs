using System.Diagnostics;
using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Verification.Timing;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// A call of a library that is set up once and repeated, on memory without protection. A library that has the optional
/// functions of the C ABI sets up by itself and only <c>normcheck_execute</c> is measured; otherwise
/// <c>normcheck_run</c> is.
/// </summary>
internal sealed unsafe class NativeTimedCall : IDisposable
{
    private readonly NativeLibraryApi _library;
    private readonly List<NativeBuffer> _buffers;

    // Pinned: a library that sets a call up may keep the pointers until it finishes it.
    private readonly long[] _numbers;
    private readonly long[] _shape;
    private readonly NcProblem* _problem;
    private readonly NcTensors* _tensors;
    private void* _plan;
    private int _status;

    /// <exception cref="InputException">An input is missing or has another type or shape.</exception>
    public NativeTimedCall(
        NativeLibraryApi library,
        NativeBuffers memory,
        NormProblem problem,
        SafetensorsBlob request
    )
    {
        _library = library;
        _buffers = NativeBuffers.Of(problem, request, Relaxation.Read(request.Metadata).InPlace);
        memory.PlaceForTiming(_buffers);
        _numbers = NativeAbi.Numbers(_buffers);
        _shape = NativeAbi.Extents(problem.MemoryShape);
        _problem = (NcProblem*)NativeMemory.Alloc((nuint)sizeof(NcProblem));
        _tensors = (NcTensors*)NativeMemory.Alloc((nuint)sizeof(NcTensors));
        *_problem = NativeAbi.Problem(
            problem,
            (long*)Marshal.UnsafeAddrOfPinnedArrayElement(_shape, 0)
        );
        *_tensors = NativeAbi.Tensors(
            _buffers,
            (long*)Marshal.UnsafeAddrOfPinnedArrayElement(_numbers, 0)
        );
        if (library.SetsUp)
        {
            fixed (void** plan = &_plan)
            {
                _status = library.Prepare(_problem, _tensors, plan);
            }
        }
    }

    /// <summary>What <c>normcheck_prepare</c> said, as an answer.</summary>
    public SafetensorsBlob Prepared() =>
        _status == 0 ? NativeWorker.Say("ok", "") : NativeCall.Refusal(_status);

    /// <exception cref="InputException">The number of repetitions is missing.</exception>
    public SafetensorsBlob Repeat(SafetensorsBlob request)
    {
        var text = request.Require("repetitions");
        if (!int.TryParse(text, out var repetitions) || repetitions < 1)
        {
            throw new InputException($"expected repetitions of at least 1, got '{text}'");
        }

        var nanoseconds = new long[repetitions];
        for (var k = 0; k < repetitions && _status == 0; k++)
        {
            Restore();
            var begin = Stopwatch.GetTimestamp();
            _status = _plan is not null
                ? _library.Execute(_plan)
                : _library.Run(_problem, _tensors);
            nanoseconds[k] = Clock.NanosecondsSince(begin);
        }

        if (_status != 0)
        {
            return NativeCall.Refusal(_status);
        }

        var answer = NativeWorker.Say("ok", "");
        answer.Metadata["nanoseconds"] = string.Join(',', nanoseconds);
        return answer;
    }

    /// <summary>The outputs of the last repetition, unless something was written that should not be.</summary>
    public SafetensorsBlob Collect()
    {
        Finish();
        if (NativeCall.Misdeed(_buffers) is { } misdeed)
        {
            return misdeed;
        }

        if (_status != 0)
        {
            return NativeCall.Refusal(_status);
        }

        var answer = NativeWorker.Say("ok", "");
        NativeCall.AddOutputs(_buffers, answer);
        return answer;
    }

    public void Dispose()
    {
        Finish();
        NativeMemory.Free(_problem);
        NativeMemory.Free(_tensors);
    }

    private void Finish()
    {
        if (_plan is not null)
        {
            var status = _library.Finish(_plan);
            _status = _status != 0 ? _status : status;
            _plan = null;
        }
    }

    /// <summary>Puts back what a call reads and overwrites, so that every repetition computes the same.</summary>
    private void Restore()
    {
        foreach (var buffer in _buffers)
        {
            if (buffer.Writable && buffer.Spec.IsInput)
            {
                buffer.Image.CopyTo(buffer.Memory!.Content);
            }
        }
    }
}
