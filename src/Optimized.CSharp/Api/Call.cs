using NormCheck.Contract;

namespace NormCheck.Optimized.Api;

/// <summary>What all static calls do: find the thread's plan for the problem, and run it over the spans.</summary>
internal static class Call
{
    /// <summary>The key of a call with channels, as far as all ops have it.</summary>
    public static PlanKey Of(
        NormOp op,
        NormPass pass,
        in ChannelShape shape,
        double epsilon,
        Tier tier,
        int threads
    ) =>
        new()
        {
            Op = op,
            Pass = pass,
            DType = default,
            Samples = shape.Samples,
            Channels = shape.Channels,
            Space = shape.Space,
            Layout = shape.Layout,
            Groups = 1,
            Epsilon = epsilon,
            RMax = double.PositiveInfinity,
            DMax = double.PositiveInfinity,
            Tier = tier,
            Threads = threads,
        };

    /// <summary>The key of a call over rows.</summary>
    public static PlanKey Of(
        NormOp op,
        NormPass pass,
        int rows,
        int length,
        double epsilon,
        Tier tier,
        int threads
    ) => Of(op, pass, new ChannelShape(rows, length, 1), epsilon, tier, threads);

    /// <summary>Which optional tensors a problem has is told by those that are not empty.</summary>
    /// <exception cref="InputException">A tensor has the wrong length, or the problem makes no sense.</exception>
    public static void Run<T, TParameter>(PlanKey key, in Tensors<T, TParameter> tensors)
        where T : unmanaged
        where TParameter : unmanaged
    {
        var scale = !tensors.Gamma.IsEmpty || !tensors.DGamma.IsEmpty;
        var shift = !tensors.Beta.IsEmpty || !tensors.DBeta.IsEmpty;
        key = key with
        {
            DType = ElementTypes.Of<T, TParameter>(),
            Affine =
                (scale ? AffineParts.Scale : AffineParts.None)
                | (shift ? AffineParts.Shift : AffineParts.None),
            Saved = !tensors.SavedMean.IsEmpty || !tensors.SavedInvStd.IsEmpty,
            Running = !tensors.RunningMean.IsEmpty || !tensors.RunningSpread.IsEmpty,
        };

        // A plan for a shape that the data does not have may be large.
        if (!key.Holds(tensors.X.Length))
        {
            throw Misfit(key, tensors.X.Length);
        }

        PlanCache.OfThread[key].Run(tensors);
    }

    private static InputException Misfit(in PlanKey key, int elements)
    {
        var shape = key.Problem().Validated().Shape;
        return new($"expected x of {shape.Count} elements ({shape}), got {elements}");
    }
}
