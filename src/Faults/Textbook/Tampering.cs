using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// What a wrong backend does around its arithmetic. Each step is optional and the order is that of the properties.
/// </summary>
internal sealed record Tampering
{
    /// <summary>Nothing out of the way.</summary>
    public static Tampering None { get; } = new();

    /// <summary>Another problem than the one asked for: another ε, momentum, number of groups.</summary>
    public Func<NormProblem, NormProblem>? Problem { get; init; }

    /// <summary>
    /// Other inputs than those given: γ taken as ones, dy read without its strides. Gets the problem as tampered with;
    /// returns a set of its own (see <see cref="Tensors"/>), in which the outputs are still the caller's.
    /// </summary>
    public Func<NormProblem, TensorSet, TensorSet>? Inputs { get; init; }

    /// <summary>Other groups: the problem whose grouping is used. It must have as many elements, groups and slots.</summary>
    public Func<NormProblem, NormProblem>? Grouping { get; init; }

    /// <summary>
    /// Changes to the caller's tensors after the kernel: unwritten, masked or scribbled elements. Gets the problem as it
    /// was asked.
    /// </summary>
    public Action<NormProblem, TensorSet>? Outputs { get; init; }
}
