using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>Which columns of a tile a loop takes: those of whole packs, or what is left. Loops exist once for each, without a branch.</summary>
internal interface IColumnPart
{
    static abstract bool IsWhole { get; }

    /// <summary>The first column of so many that it takes.</summary>
    static abstract int First(int columns);

    /// <summary>The column after the last one that it takes.</summary>
    static abstract int End(int columns);
}

internal readonly struct WholePacks : IColumnPart
{
    public static bool IsWhole => true;

    public static int First(int columns) => 0;

    public static int End(int columns) => columns / PackSizes.Lanes * PackSizes.Lanes;
}

internal readonly struct PartOfLastPack : IColumnPart
{
    public static bool IsWhole => false;

    public static int First(int columns) => WholePacks.End(columns);

    public static int End(int columns) => columns;
}
