namespace NormCheck.Optimized;

/// <summary>How much a call spends on accuracy. f64 data is computed with compensated sums in both tiers.</summary>
public enum Tier
{
    /// <summary>
    /// f32, f16 and bf16 data in binary64 throughout, rounded once at the end: within one ulp of the output type (contract
    /// <c>faithful</c>).
    /// </summary>
    Faithful,

    /// <summary>Arithmetic in binary32, sums carried on in binary64: contract <c>pairwise</c>.</summary>
    Fast,
}
