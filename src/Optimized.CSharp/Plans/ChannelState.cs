using NormCheck.Contract;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>Batch renorm's correction x̂·R + D (Ioffe 2017), 1 and 0 where there is none.</summary>
internal readonly record struct Correction(double R, double D)
{
    public static Correction None => new(1, 0);
}

/// <summary>Statistics beside the data: saved ones of every group, running ones of every channel. One number at a time, in binary64.</summary>
internal static unsafe class ChannelState<TStored>
    where TStored : struct, IStored
{
    public static void Save(in Buffers buffers, nint group, Extended mean, double inverseStd)
    {
        if (buffers.SavedMean is not null)
        {
            TStored.WriteParameter(mean.Value, buffers.SavedMean, group);
        }

        if (buffers.SavedInverseStd is not null)
        {
            TStored.WriteParameter(inverseStd, buffers.SavedInverseStd, group);
        }
    }

    /// <summary>What inference normalizes a channel with. ε is inside renorm's standard deviation already.</summary>
    public static (double Mean, double InverseStd) Frozen(
        NormProblem problem,
        in Buffers buffers,
        int channel
    )
    {
        var spread = TStored.ReadParameter(buffers.RunningSpread, channel);
        return (
            TStored.ReadParameter(buffers.RunningMean, channel),
            problem.Op == NormOp.BatchRenorm ? 1 / spread : 1 / Math.Sqrt(spread + problem.Epsilon)
        );
    }

    /// <summary>r = clip(σ_B/σ, 1/rmax, rmax), d = clip((μ_B − μ)/σ, −dmax, dmax), with the running values of before.</summary>
    public static Correction CorrectionOf(
        NormProblem problem,
        in Buffers buffers,
        int channel,
        Extended mean,
        double std
    )
    {
        if (problem.Op != NormOp.BatchRenorm)
        {
            return Correction.None;
        }

        var running = TStored.ReadParameter(buffers.RunningMean, channel);
        var spread = TStored.ReadParameter(buffers.RunningSpread, channel);
        return new(
            Math.Clamp(std / spread, 1 / problem.RMax, problem.RMax),
            Math.Clamp(mean.Minus(running) / spread, -problem.DMax, problem.DMax)
        );
    }

    /// <summary>running ← (1 − momentum)·running + momentum·new; the variance with divisor m − 1 or m, as the convention has it.</summary>
    public static void Update(
        NormProblem problem,
        in Buffers buffers,
        int channel,
        in Moments moments,
        double count
    )
    {
        if (buffers.RunningMean is null)
        {
            return;
        }

        var spread =
            problem.Op == NormOp.BatchRenorm ? moments.Std(problem.Epsilon)
            : problem.Convention.StoredFactor == StoredFactor.Population ? moments.Variance
            : moments.Variance * count / Math.Max(count - 1, 1);
        Blend(buffers.RunningMean, channel, moments.Mean.Value, problem.Momentum);
        Blend(buffers.RunningSpread, channel, spread, problem.Momentum);
    }

    private static void Blend(byte* running, int channel, double latest, double momentum)
    {
        var kept = (1 - momentum) * TStored.ReadParameter(running, channel);
        TStored.WriteParameter(kept + (momentum * latest), running, channel);
    }
}
