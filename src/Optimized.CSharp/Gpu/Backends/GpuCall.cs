using NormCheck.Contract;
using NormCheck.Optimized.Backends;

namespace NormCheck.Optimized.Gpu;

/// <summary>The tensors of one call on a device, with what surrounds them there, and the plan that computes.</summary>
internal sealed class GpuCall : IDisposable
{
    /// <summary>A NaN in every type, and no number that a kernel would write by chance.</summary>
    private const byte Canary = 0xfe;

    private readonly GpuQueue _queue;
    private readonly GpuNormPlan _plan;
    private readonly GpuTensors _buffers = new();
    private readonly List<Placed> _placed = [];
    private readonly List<(GpuBuffer Before, GpuBuffer Buffer)> _updated = [];

    /// <summary>A tensor: where it lies outside, its bytes in order, the buffer and what is around that.</summary>
    private sealed record Placed(
        TensorSpec Spec,
        Tensor Outside,
        Tensor Inside,
        GpuBuffer Buffer,
        GpuBuffer Whole,
        bool IsWritten
    );

    public GpuCall(GpuQueue queue, NormProblem problem, TensorSet tensors, Tier tier)
    {
        _queue = queue;
        _plan = new(queue, problem, tier);
        var specs = TensorPlan.For(problem);
        foreach (var spec in specs)
        {
            var outside = tensors.Require(spec.Role);
            if (Find(outside) is { } same)
            {
                // In place: one buffer, which is then an output.
                _buffers[spec.Role] = same.Buffer;
                _placed[_placed.IndexOf(same)] = same with { IsWritten = spec.IsOutput };
                continue;
            }

            Place(spec, outside);
        }
    }

    /// <summary>The tensors and what is around them, in the order of the plan.</summary>
    internal IEnumerable<GpuBuffer> Surroundings => _placed.Select(placed => placed.Whole);

    /// <summary>Computes once, and waits for it.</summary>
    public void Compute()
    {
        _plan.Enqueue(_buffers);
        _queue.Finish();
    }

    /// <summary>Copies outputs back; says so where something else was written.</summary>
    public RunOutcome Collect()
    {
        var outcome = RunOutcome.Completed;
        foreach (var placed in _placed)
        {
            var bytes = new byte[placed.Whole.Bytes];
            _queue.Read(placed.Whole, bytes);
            var margin = (int)_queue.Margin;
            var inner = bytes.AsSpan(margin, (int)placed.Buffer.Bytes);
            if (
                bytes.AsSpan(0, margin).ContainsAnyExcept(Canary)
                || bytes.AsSpan(margin + inner.Length).ContainsAnyExcept(Canary)
            )
            {
                outcome = new(
                    RunStatus.OutOfBoundsWrite,
                    $"device memory beside {placed.Spec.Role.Name()} was written"
                );
            }

            if (placed.IsWritten)
            {
                inner.CopyTo(placed.Inside.Data.Span);
                TensorCopy.Move(placed.Inside, placed.Outside);
            }
            else if (!inner.SequenceEqual(placed.Inside.Data.Span))
            {
                outcome = new(
                    RunStatus.InputModified,
                    $"{placed.Spec.Role.Name()} was written on the device"
                );
            }
        }

        return outcome;
    }

    /// <summary>Puts back what a call updates, running statistics, as it was before the first one.</summary>
    public void Restore()
    {
        foreach (var (before, buffer) in _updated)
        {
            _queue.Copy(before, buffer);
        }
    }

    public void Dispose()
    {
        foreach (var placed in _placed)
        {
            placed.Buffer.Dispose();
            placed.Whole.Dispose();
        }

        foreach (var (before, _) in _updated)
        {
            before.Dispose();
        }

        _plan.Dispose();
    }

    private Placed? Find(Tensor outside) =>
        _placed.FirstOrDefault(placed =>
            placed.Outside.Data.Equals(outside.Data) && placed.Outside.Offset == outside.Offset
        );

    private void Place(TensorSpec spec, Tensor outside)
    {
        var inside = new Tensor(spec.DType, spec.Shape);

        // Outputs too: what a caller left there shows whether all of it is written.
        TensorCopy.Move(outside, inside);
        var buffer = _queue.AllocateInside(inside.Data.Length, _queue.Margin, out var whole);
        var bytes = new byte[whole.Bytes];
        bytes.AsSpan().Fill(Canary);
        inside.Data.Span.CopyTo(bytes.AsSpan((int)_queue.Margin));
        _queue.Write(whole, bytes);
        _buffers[spec.Role] = buffer;
        _placed.Add(new(spec, outside, inside, buffer, whole, spec.IsOutput));
        if (spec.Access == TensorAccess.Update)
        {
            var before = _queue.Allocate(buffer.Bytes);
            _queue.Write(before, inside.Data.Span);
            _updated.Add((before, buffer));
        }
    }
}
