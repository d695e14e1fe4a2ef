using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>What a group is normalized with.</summary>
internal readonly record struct GroupNumbers(
    Extended Mean,
    double InverseStd,
    Correction Correction
);

/// <summary>
/// Σdy and Σdy·(x − μ) of the elements that share a γ, the latter times <see cref="Execution{TPack,TWide,TSum,TStored}.ScaleOf"/>.
/// </summary>
internal struct UnitSums(Extended dy, Extended products)
{
    public Extended Dy = dy;
    public Extended Products = products;

    public void Add(UnitSums other)
    {
        Dy += other.Dy;
        Products += other.Products;
    }
}

/// <summary>What a group adds to dγ and dβ of a channel.</summary>
internal readonly record struct SlotTerms(double DGamma, double DBeta);
