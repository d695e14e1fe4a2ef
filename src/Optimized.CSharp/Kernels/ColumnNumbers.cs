using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// For every column the numbers of <see cref="Centre"/> and of <see cref="Affine"/> or <see cref="Slope"/> (whose terms
/// are negated), as planes of lanes.
/// </summary>
internal readonly unsafe struct ColumnNumbers(byte* lanes, nint plane, int laneBytes)
{
    public const int Mean = 0;
    public const int Rest = 1;
    public const int InverseStd = 2;

    /// <summary>γ.</summary>
    public const int Scale = 3;

    /// <summary>β.</summary>
    public const int Shift = 4;

    /// <summary>−Σg/m.</summary>
    public const int MeanOfG = 4;

    /// <summary>−Σ(g·x̂)/m.</summary>
    public const int Correlation = 5;

    public const int Factor = 6;

    /// <summary>Number of planes.</summary>
    public const int Planes = 7;

    /// <summary>The first plane's lanes of a column; those of the next planes follow at <see cref="PlaneBytes"/>.</summary>
    public byte* At(nint column) => lanes + (column * laneBytes);

    public nint PlaneBytes => plane * laneBytes;

    public void Write<TPack, TWide>(int kind, nint column, double value)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.WriteLane(value, lanes, (kind * plane) + column);
}
