namespace NormCheck.Optimized.Plans;

/// <summary>Where the tensors of one call lie; null where the problem has none. Data is contiguous in the problem's layout.</summary>
internal unsafe struct Buffers
{
    public byte* X;
    public byte* Y;
    public byte* Dy;
    public byte* Dx;
    public byte* Gamma;
    public byte* Beta;
    public byte* DGamma;
    public byte* DBeta;
    public byte* RunningMean;

    /// <summary>running_var, or running_std of renorm.</summary>
    public byte* RunningSpread;
    public byte* SavedMean;
    public byte* SavedInverseStd;
}
