using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Audit;

/// <summary>
/// One call as a suite without guards makes it: what a kernel does outside of its outputs goes unnoticed, but is known
/// here. Outputs hold NaN before the call.
/// </summary>
/// <param name="Completed">False where the call throws or reports a failure, which any suite notices.</param>
/// <param name="Trespassed">True where an input or memory beside a tensor is written.</param>
/// <param name="Outputs">The tensors after the call.</param>
internal sealed record AuditCall(bool Completed, bool Trespassed, TensorSet Outputs)
{
    /// <summary>Bytes on each side of a tensor.</summary>
    private const int Margin = 256;

    public static AuditCall Make(INormBackend backend, NormProblem problem, TensorSet inputs)
    {
        var plan = TensorPlan.For(problem);
        var (given, kept) = (new TensorSet(), new TensorSet());
        foreach (var spec in plan)
        {
            given[spec.Role] = kept[spec.Role] = Enclose(inputs.Require(spec.Role), spec);
        }

        bool completed;
        try
        {
            completed = backend.Run(problem, given).Status == RunStatus.Completed;
        }
        catch (Exception)
        {
            // Whatever a kernel throws is what the kernel does wrong.
            completed = false;
        }

        var trespassed = plan.Any(spec =>
        {
            var tensor = kept.Require(spec.Role);
            var memory = tensor.Data.Span;
            return Poison.Damage(memory[..Margin], tensor.DType) is not null
                || Poison.Damage(memory[^Margin..], tensor.DType) is not null
                || (
                    !spec.IsOutput
                    && !TensorBytes
                        .Content(tensor)
                        .SequenceEqual(TensorBytes.Content(inputs.Require(spec.Role)))
                );
        });
        return new(completed, trespassed, given);
    }

    private static Tensor Enclose(Tensor tensor, TensorSpec spec)
    {
        var content = TensorBytes.Content(tensor);
        var memory = new byte[content.Length + (2 * Margin)];
        Poison.Fill(memory, tensor.DType);
        if (spec.IsInput)
        {
            content.CopyTo(memory.AsSpan(Margin));
        }

        return new(
            tensor.DType,
            tensor.Shape,
            [.. tensor.Strides],
            memory,
            Margin / tensor.DType.Size()
        );
    }
}
