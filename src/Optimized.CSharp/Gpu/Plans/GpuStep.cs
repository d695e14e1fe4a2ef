namespace NormCheck.Optimized.Gpu.Plans;

/// <summary>One launch of a plan.</summary>
/// <param name="Groups">Number of work-groups.</param>
/// <param name="Items">Work-items of each.</param>
/// <param name="Repeats">Whether it belongs to the second round, for groups in which the saved statistics were no good.</param>
internal readonly record struct GpuStep(string Kernel, long Groups, int Items, bool Repeats = false)
{
    /// <summary>Items that share a chunk.</summary>
    public const int Team = 64;

    public const int ColumnTeam = 256;

    public const int ElementTeam = 256;

    /// <summary>Items that add up dγ and dβ of <see cref="SlotPositions"/> positions of a row.</summary>
    public const int SlotTeam = 256;

    public const int SlotPositions = 32;

    /// <summary>An item for each of some things.</summary>
    public static GpuStep ForEach(string kernel, long count, bool repeats = false) =>
        new(kernel, (count + Team - 1) / Team, Team, repeats);

    /// <summary>A team for each of some things.</summary>
    public static GpuStep Teams(string kernel, long count) => new(kernel, count, Team);
}
