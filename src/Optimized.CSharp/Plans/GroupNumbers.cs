using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>What a group is normalized with.</summary>
internal record struct GroupNumbers(Extended Mean, double InverseStd, Correction Correction)
{
    /// <summary>μ − pivot, where sums for a gradient were taken about another pivot and moved.</summary>
    public double Moved { get; set; }
}

/// <summary>What a group adds to dγ and dβ of a channel.</summary>
internal readonly record struct SlotTerms(double DGamma, double DBeta);
