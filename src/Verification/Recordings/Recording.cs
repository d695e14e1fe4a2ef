using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Recordings;

/// <summary>A case, the bits a system was given and the bits it gave.</summary>
/// <param name="Case">Problem and convention; its inputs are kept apart, so that they outlive any change of how data is drawn.</param>
/// <param name="Inputs">The input tensors.</param>
/// <param name="Outputs">The output tensors that the system gives.</param>
public sealed record RecordedVector(Case Case, TensorSet Inputs, TensorSet Outputs)
{
    /// <summary>Roles whose bits are not those of the recording.</summary>
    public IReadOnlyList<TensorRole> Differences(TensorSet outputs) =>
        [.. Outputs.Roles.Where(role => !SameBits(Outputs.Require(role), outputs[role]))];

    private static bool SameBits(Tensor recorded, Tensor? now) =>
        now is not null
        && recorded.DType == now.DType
        && recorded.Shape == now.Shape
        && recorded
            .Distances()
            .Zip(now.Distances())
            .All(each => Element(recorded, each.First).SequenceEqual(Element(now, each.Second)));

    private static ReadOnlySpan<byte> Element(Tensor tensor, long distance)
    {
        var size = tensor.DType.Size();
        return tensor.Data.Span.Slice((int)(tensor.Offset + distance) * size, size);
    }
}

/// <summary>What one version of a system computes of a list of cases, and where the bits come from.</summary>
public sealed record Recording
{
    /// <summary>The backend's word on the command line.</summary>
    public required string Backend { get; init; }

    public required string System { get; init; }

    public required string Version { get; init; }

    /// <summary>The command that wrote it.</summary>
    public required string Command { get; init; }

    /// <summary>Day of the recording, as 2026-11-21.</summary>
    public required string Date { get; init; }

    /// <summary>
    /// The vector instructions of the machine: systems choose their kernels by them, and other kernels give other bits.
    /// </summary>
    public required string InstructionSet { get; init; }

    /// <summary>How many threads the system used: partial sums depend on it.</summary>
    public required int Threads { get; init; }

    public required IReadOnlyList<RecordedVector> Vectors { get; init; }
}
