namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Where a row's numbers for its gradient lie in an array of lanes: <see cref="Centre"/> and <see cref="Slope"/>, the
/// latter's terms negated.
/// </summary>
internal static class RowGradient
{
    public const int Mean = 0;
    public const int Rest = 1;
    public const int InverseStd = 2;

    /// <summary>−Σg/m.</summary>
    public const int MeanOfG = 3;

    /// <summary>−Σ(g·x̂)/m.</summary>
    public const int Correlation = 4;

    /// <summary>1/σ.</summary>
    public const int Factor = 5;

    /// <summary>Numbers that a row takes.</summary>
    public const int Numbers = 8;
}
