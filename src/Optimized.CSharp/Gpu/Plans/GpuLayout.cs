namespace NormCheck.Optimized.Gpu.Plans;

/// <summary>Whole numbers that kernels read from their first argument, under the name in capitals with underscores.</summary>
internal enum PlanNumber
{
    /// <summary>Elements of x.</summary>
    Count,

    /// <summary>Neighbouring elements that an item writes: 1, or as many as 16 bytes hold.</summary>
    ItemWidth,
    IsRows,
    IsColumns,
    IsCentred,
    IsRenorm,
    IsInference,
    IsBackward,

    /// <summary>A backward that starts from what the forward saved.</summary>
    HasHints,

    /// <summary>The second round of such a backward, for groups in which that was no good.</summary>
    IsRepeat,

    /// <summary>Whether statistics come from x in this call.</summary>
    FindsMoments,

    /// <summary>Statistics of channels-last data in one look.</summary>
    LooksOnce,

    /// <summary>Whether a backward needs Σdy and Σdy·x̂.</summary>
    NeedsSums,

    /// <summary>Running variance with divisor m.</summary>
    StoresPopulation,

    /// <summary>A channel has one group for all samples.</summary>
    SpansSamples,
    Channels,
    Groups,
    GroupSize,

    /// <summary>Chunks of a group; of a matrix, where channels are neighbours.</summary>
    Chunks,

    /// <summary>Elements from a group to the next.</summary>
    GroupStep,
    GroupRuns,
    GroupDistance,
    GroupLength,
    RunsEach,
    PiecesEach,

    /// <summary>Parts of a group that share γ: channels of it.</summary>
    Units,
    UnitStep,
    UnitLength,
    UnitRunsEach,
    UnitPiecesEach,
    UnitChunks,

    /// <summary>Room for the moments of a group's chunks.</summary>
    MomentsOfGroup,

    /// <summary>Rows that dγ and dβ are added up from.</summary>
    TermRows,
    Slices,
    Matrices,

    /// <summary>Rows of a matrix.</summary>
    Rows,
    RowsOfChunk,
    SampleRows,
    GroupsOfMatrix,
    GroupsAt,
    MomentsAt,
    SumsAt,
    MergedAt,
    TermsAt,
}

/// <summary>Constants that kernels read from their second argument.</summary>
internal enum PlanConstant
{
    Epsilon,
    Momentum,
    RMax,
    DMax,

    /// <summary>The smallest square that is not 0.</summary>
    Smallest,

    /// <summary>See <see cref="Kernels.GradientExactness.RoundingsOf"/>.</summary>
    Roundings,
}

/// <summary>What scratch memory holds of every group.</summary>
internal enum GroupField
{
    Mean,

    /// <summary>What the mean lacks.</summary>
    MeanLow,

    /// <summary>The same times −1/σ.</summary>
    Rest,
    InverseStd,

    /// <summary>Renorm's factors.</summary>
    R,
    D,

    /// <summary>−Σg/m.</summary>
    MeanOfG,

    /// <summary>−Σ(g·x̂)/m.</summary>
    Correlation,

    /// <summary>r/σ.</summary>
    Factor,

    /// <summary>μ less the pivot that sums for a gradient were taken about.</summary>
    Moved,

    /// <summary>1 where what the forward saved was good enough.</summary>
    Trusted,
}

/// <summary>Sizes, in numbers, of what scratch memory holds.</summary>
internal static class GpuLayout
{
    /// <summary>Moments of a chunk.</summary>
    public const int MomentsSize = 7;

    /// <summary>Sums of a chunk for the gradient.</summary>
    public const int SumsSize = 5;

    /// <summary>dγ and dβ of a channel from one sample.</summary>
    public const int TermsSize = 2;

    /// <summary>The same of a position from a slice of rows, each with what was lost.</summary>
    public const int SlotTermsSize = 4;

    /// <summary>Planes of a chunk where channels are neighbours.</summary>
    public const int ColumnPlanes = 12;

    public static int NumbersSize { get; } = Enum.GetValues<GroupField>().Length;
}
