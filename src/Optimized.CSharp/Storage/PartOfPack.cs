namespace NormCheck.Optimized.Storage;

/// <summary>The last elements of a run, fewer than a pack has lanes: moved one by one.</summary>
internal static unsafe class PartOfPack
{
    /// <summary>The first <paramref name="count"/> elements, then zeros up to a whole pack.</summary>
    public static void Copy<T>(T* from, T* lanes, int count)
        where T : unmanaged
    {
        for (var lane = 0; lane < Packs.PackSizes.Lanes; lane++)
        {
            lanes[lane] = lane < count ? from[lane] : default;
        }
    }

    public static void CopyFirst<T>(T* lanes, T* to, int count)
        where T : unmanaged
    {
        for (var lane = 0; lane < Math.Min(count, Packs.PackSizes.Lanes); lane++)
        {
            to[lane] = lanes[lane];
        }
    }
}
