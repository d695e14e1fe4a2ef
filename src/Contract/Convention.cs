namespace NormCheck.Contract;

/// <summary>Divisor of the sum of squared deviations: m or m − 1.</summary>
public enum Divisor
{
    Population,
    Bessel,
}

/// <summary>How the variance is computed. Equal in exact arithmetic; the interval reading shows what rounding makes of it.</summary>
public enum MomentAlgorithm
{
    /// <summary>Σ(x − μ)²/m.</summary>
    TwoPass,

    /// <summary>max(Σx²/m − μ², 0): Flax by default; Haiku and the ONNX function bodies without the max.</summary>
    OnePass,
}

/// <summary>Factor that turns S/m into what the running variance takes in.</summary>
public enum StoredFactor
{
    /// <summary>1.</summary>
    Population,

    /// <summary>m/(m − 1); 0/0 for m = 1.</summary>
    Bessel,

    /// <summary>m/max(m − 1, 1).</summary>
    BesselGuarded,

    /// <summary>m/(m − (1 + ε)), the multi-backend Keras 2.</summary>
    Keras2,
}

/// <summary>Where ε goes in the denominator.</summary>
public enum EpsilonPlacement
{
    /// <summary>√(v + ε).</summary>
    InsideRoot,

    /// <summary>√v + ε.</summary>
    OutsideRoot,

    /// <summary>ε is not used: √v.</summary>
    Absent,
}

/// <summary>ε of one phase: where it goes, a value that overrides the argument, a floor under the argument.</summary>
public readonly record struct EpsilonRule(
    EpsilonPlacement Placement,
    double? Fixed = null,
    double Floor = 0
)
{
    /// <summary>The ε that is really used for the argument.</summary>
    public double Effective(double argument) => Fixed ?? Math.Max(argument, Floor);
}

/// <summary>What happens where v = 0 and ε = 0.</summary>
public enum DegenerateRule
{
    /// <summary>0·∞ = NaN.</summary>
    Natural,

    /// <summary>1/√(v+ε) is taken as 0, so y = β (PyTorch's CPU batch norm in training).</summary>
    ZeroInverseStd,
}

/// <summary>What is kept from step to step.</summary>
public enum RunningKind
{
    None,

    /// <summary>run ← (1−α)·run + α·new for mean and variance.</summary>
    MeanVariance,

    /// <summary>The same for mean and standard deviation √(v+ε).</summary>
    MeanStd,

    /// <summary>Caffe: w ← λw + 1, M ← λM + μ, V ← λV + v; statistics M/w, V/w.</summary>
    WeightedSums,

    /// <summary>Haiku: hidden ← ρ·hidden + (1−ρ)·new from 0; statistics hidden/(1−ρᵗ).</summary>
    Debiased,

    /// <summary>The mean over all steps so far: α = 1/t (PyTorch with momentum=None).</summary>
    Cumulative,

    /// <summary>The paper's algorithm 2: after training, the mean over many batches.</summary>
    Population,
}

/// <summary>Which batch renormalization.</summary>
public enum RenormRule
{
    /// <summary>Ioffe 2017: r = clip(σ_B/σ, 1/rmax, rmax), d = clip((μ_B−μ)/σ, ±dmax); inference without further ε.</summary>
    Paper,

    /// <summary>TF 1.x: debiased running values "as if initialized with this batch", then a second smoothing.</summary>
    FirstGeneration,

    /// <summary>TF ≥ 1.14, tf-keras, Keras 3: σ = max(renorm_stddev, √ε); clips optional.</summary>
    SecondGeneration,

    /// <summary>Chainer: ε is stored inside the variance and added once more.</summary>
    Chainer,
}

/// <summary>Which channels share a group in group norm.</summary>
public enum GroupOrder
{
    /// <summary>c div (C/G).</summary>
    Contiguous,

    /// <summary>c mod G (MLX by default).</summary>
    Interleaved,
}

/// <summary>Where the result is rounded to the storage type.</summary>
public enum CastPoint
{
    /// <summary>Once, at the end.</summary>
    AfterAffine,

    /// <summary>x̂ is rounded, then γ and β are applied in the storage type (ONNX 17, the "llama" form).</summary>
    BeforeAffine,
}

/// <summary>Which elements share γ and β.</summary>
public enum AffineShape
{
    /// <summary>One per channel; for layer and RMS norm one per normalized position.</summary>
    PerParameterSlot,

    /// <summary>One per group of channels (ONNX GroupNormalization-18).</summary>
    PerGroup,
}

/// <summary>Which gradient is computed.</summary>
public enum BackwardRule
{
    /// <summary>The derivative of the forward pass.</summary>
    Exact,

    /// <summary>pjreddie/darknet, CPU: terms with ε = 1e-5 inside the root and divisor m, whatever the forward does.</summary>
    DarknetPjreddie,

    /// <summary>AlexeyAB/darknet, CPU: the last step divides by √v + 1e-5; β gets no gradient.</summary>
    DarknetAlexey,
}

/// <summary>What a training forward saves for the backward.</summary>
public enum SavedStatistic
{
    InverseStd,
    Variance,
}

/// <summary>
/// What a system computes, as data: the answers to every question on which systems differ. The contract (how well)
/// is a separate matter. Sources: the design notes' survey of each system, which names repository, file and version.
/// </summary>
public sealed record Convention
{
    public required string Name { get; init; }

    /// <summary>One line for <c>normcheck list conventions</c>.</summary>
    public required string Summary { get; init; }

    /// <summary>ε where the problem gives none.</summary>
    public double DefaultEpsilon { get; init; } = 1e-5;

    /// <summary>Weight of the NEW value where the problem gives none (1 − ρ for systems that name the kept share).</summary>
    public double DefaultMomentum { get; init; } = 0.1;

    /// <summary>Variance in the training denominator.</summary>
    public Divisor NormalizingDivisor { get; init; } = Divisor.Population;

    /// <summary>How it is computed.</summary>
    public MomentAlgorithm Algorithm { get; init; } = MomentAlgorithm.TwoPass;

    /// <summary>Variance that the running statistics take in.</summary>
    public StoredFactor StoredFactor { get; init; } = StoredFactor.Population;

    /// <summary>True where v + ε, not v, is stored (Chainer).</summary>
    public bool StoredIncludesEpsilon { get; init; }

    public EpsilonRule ForwardEpsilon { get; init; } = new(EpsilonPlacement.InsideRoot);

    public EpsilonRule InferenceEpsilon { get; init; } = new(EpsilonPlacement.InsideRoot);

    public EpsilonRule BackwardEpsilon { get; init; } = new(EpsilonPlacement.InsideRoot);

    public DegenerateRule Degenerate { get; init; } = DegenerateRule.Natural;

    public RunningKind Running { get; init; } = RunningKind.MeanVariance;

    public double InitialMean { get; init; }

    public double InitialVariance { get; init; } = 1;

    public RenormRule Renorm { get; init; } = RenormRule.Paper;

    public GroupOrder GroupOrder { get; init; } = GroupOrder.Contiguous;

    public CastPoint CastPoint { get; init; } = CastPoint.AfterAffine;

    public AffineShape AffineShape { get; init; } = AffineShape.PerParameterSlot;

    /// <summary>Added to γ before use: 1 for the Gemma form of RMS norm.</summary>
    public double GammaOffset { get; init; }

    public BackwardRule Backward { get; init; } = BackwardRule.Exact;

    /// <summary>Darknet's delta is −∂L/∂y, so everything computed from it is negated too.</summary>
    public bool NegatedGradient { get; init; }

    public SavedStatistic Saved { get; init; } = SavedStatistic.InverseStd;

    /// <summary>False where a group of one element is an error in training.</summary>
    public bool AllowsSingleElement { get; init; } = true;
}
