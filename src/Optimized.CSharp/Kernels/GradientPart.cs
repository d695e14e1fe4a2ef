namespace NormCheck.Optimized.Kernels;

/// <summary>Elements of a group with their γ: one for all, or (Gamma not null) one for every position in a run.</summary>
internal readonly unsafe struct GradientPart(
    Stretch stretch,
    byte* gamma,
    nint parameter,
    double scale
)
{
    public Stretch Stretch { get; } = stretch;

    public byte* Gamma => gamma;

    /// <summary>γ of the first position in a run.</summary>
    public nint Parameter { get; } = parameter;

    /// <summary>γ where there is one for all.</summary>
    public double Scale { get; } = scale;
}
