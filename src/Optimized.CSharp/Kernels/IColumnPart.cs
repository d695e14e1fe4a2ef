namespace NormCheck.Optimized.Kernels;

/// <summary>Which columns of a tile a loop takes: those of whole packs, or what is left. Loops exist once for each, without a branch.</summary>
internal interface IColumnPart
{
    static abstract bool IsWhole { get; }
}

internal readonly struct WholePacks : IColumnPart
{
    public static bool IsWhole => true;
}

internal readonly struct PartOfLastPack : IColumnPart
{
    public static bool IsWhole => false;
}
