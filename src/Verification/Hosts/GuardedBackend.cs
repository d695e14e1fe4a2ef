using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Runs a backend of this process between canaries: every tensor lies inside a larger array whose margins, like the
/// inputs, must be the same afterwards. An exception is an outcome, not the end of the run.
/// </summary>
public sealed class GuardedBackend(INormBackend backend) : INormBackend
{
    private const int Margin = 64;
    private const byte Canary = 0xC5;

    public BackendDescription Description => backend.Description;

    public string? Refuses(NormProblem problem) => backend.Refuses(problem);

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        var plan = TensorPlan.For(problem);
        var guarded = new TensorSet();
        foreach (var spec in plan)
        {
            guarded[spec.Role] = Enclose(tensors.Require(spec.Role), poisoned: !spec.IsInput);
        }

        RunOutcome outcome;
        try
        {
            outcome = backend.Run(problem, guarded);
        }
        catch (Exception error)
        {
            // Whatever a kernel throws is what the kernel does wrong.
            outcome = new(RunStatus.Failed, $"{error.GetType().Name}: {OneLine(error.Message)}");
        }

        foreach (var spec in plan)
        {
            var original = tensors.Require(spec.Role);
            var used = guarded.Require(spec.Role);
            if (Trespass(used) is { } side)
            {
                return new(RunStatus.OutOfBoundsWrite, $"memory {side} {spec.Role.Name()} was written");
            }

            if (spec.Access == TensorAccess.Read && !Content(used).SequenceEqual(Content(original)))
            {
                return new(RunStatus.InputModified, $"input {spec.Role.Name()} was written");
            }

            if (spec.IsOutput)
            {
                Content(used).CopyTo(Content(original));
            }
        }

        return outcome;
    }

    public void Dispose() => backend.Dispose();

    internal static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();

    private static Tensor Enclose(Tensor tensor, bool poisoned)
    {
        var content = Content(tensor);
        var memory = new byte[content.Length + (2 * Margin)];
        memory.AsSpan().Fill(Canary);
        var inside = memory.AsSpan(Margin, content.Length);
        content.CopyTo(inside);
        if (poisoned)
        {
            Poison.Fill(inside, tensor.DType);
        }

        return new(tensor.DType, tensor.Shape, [.. tensor.Strides], memory, Margin / tensor.DType.Size());
    }

    /// <summary>The bytes from the first to the last element.</summary>
    private static Span<byte> Content(Tensor tensor)
    {
        var size = tensor.DType.Size();
        var length = (int)Tensor.Extent(tensor.Shape, tensor.Strides) * size;
        return tensor.Data.Span.Slice((int)tensor.Offset * size, length);
    }

    private static string? Trespass(Tensor guarded)
    {
        var memory = guarded.Data.Span;
        return memory[..Margin].ContainsAnyExcept(Canary) ? "before"
            : memory[^Margin..].ContainsAnyExcept(Canary) ? "behind"
            : null;
    }
}
