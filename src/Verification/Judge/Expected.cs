using NormCheck.Reference;

namespace NormCheck.Verification.Judge;

/// <summary>What is asked of one element.</summary>
public enum Claim
{
    /// <summary>|ŷ − truth| ≤ bound.</summary>
    Within,

    /// <summary>NaN, because a NaN or ∞ in the input makes it one in every order of evaluation.</summary>
    NotANumber,

    PositiveInfinity,

    NegativeInfinity,

    /// <summary>NaN or an infinity: which one depends on the algorithm (a corrected mean of ∞ is NaN).</summary>
    NotFinite,

    /// <summary>Any finite number.</summary>
    Finite,

    /// <summary>Nothing: the problem is ill posed for the contract (0/0, overflow of the accumulator).</summary>
    Nothing,
}

/// <summary>The truth of one element and what the contract allows around it.</summary>
public readonly record struct Expected(Claim Claim, DoubleDouble Truth, double Bound)
{
    /// <summary>|ŷ − truth|, without the rounding of truth to binary64.</summary>
    public double Error(double actual) => Math.Abs(actual - Truth.Hi - Truth.Lo);
}
