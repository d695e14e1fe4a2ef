using NormCheck.Contract;

namespace NormCheck.Optimized;

/// <summary>How a plan computes. None of this changes what it computes: results have the same bits for every setting but the tier.</summary>
public sealed record NormOptions
{
    public static NormOptions Default { get; } = new();

    public Tier Tier { get; init; } = Tier.Faithful;

    /// <summary>Threads that a call may use, the caller's included; 0: one for every processor.</summary>
    public int Threads { get; init; }

    /// <summary>Bits of the widest vector registers to use: 512, 256, 128, or 0 for none. Narrower ones are taken where the processor lacks them.</summary>
    public int MostVectorBits { get; init; } = 512;

    /// <exception cref="InputException">A setting makes no sense; the message says why in one line.</exception>
    internal NormOptions Validated() =>
        !Enum.IsDefined(Tier)
            ? throw new InputException($"expected tier Faithful or Fast, got {Tier}")
        : Threads < 0 ? throw new InputException($"expected threads of at least 0, got {Threads}")
        : MostVectorBits < 0
            ? throw new InputException(
                $"expected vector registers of at least 0 bits, got {MostVectorBits}"
            )
        : this;
}
