using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>What a group is normalized with.</summary>
internal readonly record struct GroupNumbers(
    Extended Mean,
    double InverseStd,
    Correction Correction
)
{
    /// <summary>μ − pivot, where sums for a gradient were taken about another pivot and moved.</summary>
    public double Moved { get; init; }
}

/// <summary>
/// Σdy and Σdy·(x − μ) of the elements that share a γ, the latter times <see cref="Execution{TPack,TWide,TSum,TStored}.ScaleOf"/>.
/// </summary>
internal struct UnitSums(Extended dy, Extended products, double squares)
{
    public Extended Dy = dy;
    public Extended Products = products;

    /// <summary>Σdy², where that is asked for.</summary>
    public double Squares = squares;

    public void Add(UnitSums other)
    {
        Dy += other.Dy;
        Products += other.Products;
        Squares += other.Squares;
    }
}

/// <summary>What a group adds to dγ and dβ of a channel.</summary>
internal readonly record struct SlotTerms(double DGamma, double DBeta);
