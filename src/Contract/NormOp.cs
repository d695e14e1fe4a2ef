namespace NormCheck.Contract;

/// <summary>The six normalizations. The numbers are those of <c>nc_op</c> in normcheck.h.</summary>
public enum NormOp
{
    BatchNorm = 0,
    BatchRenorm = 1,
    LayerNorm = 2,
    InstanceNorm = 3,
    GroupNorm = 4,
    RmsNorm = 5,
}

/// <summary>What is computed. The numbers are those of <c>nc_pass</c> in normcheck.h.</summary>
public enum NormPass
{
    /// <summary>Statistics of the data; batch norm and renorm also update the running statistics.</summary>
    ForwardTraining = 0,

    /// <summary>Running statistics instead of the data's own (batch norm and renorm only).</summary>
    ForwardInference = 1,

    /// <summary>Gradient of <see cref="ForwardTraining"/>.</summary>
    BackwardTraining = 2,

    /// <summary>Gradient of <see cref="ForwardInference"/>: the statistics are constants.</summary>
    BackwardInference = 3,
}

public static class NormOps
{
    public static IReadOnlyList<NormOp> All { get; } = Enum.GetValues<NormOp>();

    /// <summary>The word used in case texts: bn, renorm, ln, in, gn, rms.</summary>
    public static string Word(this NormOp op) =>
        op switch
        {
            NormOp.BatchNorm => "bn",
            NormOp.BatchRenorm => "renorm",
            NormOp.LayerNorm => "ln",
            NormOp.InstanceNorm => "in",
            NormOp.GroupNorm => "gn",
            NormOp.RmsNorm => "rms",
            _ => throw new ArgumentOutOfRangeException(
                nameof(op),
                op,
                "expected one of the six ops"
            ),
        };

    /// <summary>True where the op has channels (and so a layout); false where it normalizes trailing axes.</summary>
    public static bool HasChannels(this NormOp op) =>
        op is not (NormOp.LayerNorm or NormOp.RmsNorm);

    /// <summary>True where training keeps running statistics and inference uses them.</summary>
    public static bool HasRunningStatistics(this NormOp op) =>
        op is NormOp.BatchNorm or NormOp.BatchRenorm;

    /// <summary>The passes an op has. Ops without running statistics have one forward and one backward.</summary>
    public static IReadOnlyList<NormPass> Passes(this NormOp op) =>
        op.HasRunningStatistics()
            ?
            [
                NormPass.ForwardTraining,
                NormPass.ForwardInference,
                NormPass.BackwardTraining,
                NormPass.BackwardInference,
            ]
            : [NormPass.ForwardTraining, NormPass.BackwardTraining];
}

public static class NormPasses
{
    public static IReadOnlyList<NormPass> All { get; } = Enum.GetValues<NormPass>();

    /// <summary>The word used in case texts: train, infer, bwd, bwd-infer; an op with one forward says fwd.</summary>
    public static string Word(this NormPass pass, NormOp op) =>
        pass switch
        {
            NormPass.ForwardTraining => op.HasRunningStatistics() ? "train" : "fwd",
            NormPass.ForwardInference => "infer",
            NormPass.BackwardTraining => "bwd",
            NormPass.BackwardInference => "bwd-infer",
            _ => throw new ArgumentOutOfRangeException(
                nameof(pass),
                pass,
                "expected one of the four passes"
            ),
        };

    public static bool IsBackward(this NormPass pass) =>
        pass is NormPass.BackwardTraining or NormPass.BackwardInference;

    public static bool IsInference(this NormPass pass) =>
        pass is NormPass.ForwardInference or NormPass.BackwardInference;
}
