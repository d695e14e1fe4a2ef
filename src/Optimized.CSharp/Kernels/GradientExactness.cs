namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Whether A = Σg/m and B = Σ(g·x̂)/m are good enough for dx = f·(g − A − x̂B) of every element. Of the errors in A and in x̂B
/// an element allows, together, 2⁻³⁶ of the largest of abs(g), abs(A) and abs(x̂B) (contract <c>faithful</c>).
/// </summary>
/// <remarks>
/// <para>
/// A sum of terms that each go through k additions is off by k·2⁻⁵³·Σabs(term) at most. With G = √(Σg²/m), Σabs(g) ≤ m·G and
/// Σabs(g·x̂) ≤ m·G, since Σx̂² ≤ m (Cauchy and Schwarz). So A is off by k·2⁻⁵³·G, and B by as much and a little more.
/// </para>
/// <para>
/// The largest term of every element is at least F = max(abs(A), smallest abs(g)), so A may be off by a share of 2⁻³⁶·F. B may be
/// off by a share of 2⁻³⁶·abs(B), or of 2⁻³⁶·F/√m, since abs(x̂) ≤ √m.
/// </para>
/// </remarks>
internal static class GradientExactness
{
    private const double Unit = 1.0 / (1L << 53);

    /// <summary>
    /// 2⁻³⁶, less what the formula itself rounds off (fewer than 16 roundings of 2⁻⁵³) and what this test does.
    /// </summary>
    private const double Allowed = 1;

    /// <summary>
    /// Roundings of a term besides those of additions in chains and over chunks: a product and the difference in it, trees of
    /// four chains and of 16 lanes, a factor γ, moving the pivot, and the last division.
    /// </summary>
    private const int OtherRoundings = 16;

    /// <summary>Errors of plain binary64 sums.</summary>
    /// <param name="additions">Additions in chains and over chunks that a term goes through at most.</param>
    /// <param name="weight">Σabs of everything that is added up to B, over m·G: more than 1 where pivots are moved.</param>
    public static GradientErrors OfPlainSums(double rms, double additions, double weight)
    {
        var mean = (additions + OtherRoundings) * Unit * rms;
        return new(mean, mean * weight);
    }

    /// <summary>
    /// Errors of sums that keep what is rounded off (Ogita, Rump, Oishi 2005): k²·2⁻¹⁰⁶ in the place of k·2⁻⁵³; those of B have
    /// a part for Σg(x − μ) and one for what the mean lacks.
    /// </summary>
    public static GradientErrors OfCompensatedSums(double rms, double additions)
    {
        var roundings = additions + OtherRoundings;
        var mean = roundings * Unit * (roundings * Unit) * rms;
        return new(mean, 2 * mean);
    }

    /// <param name="factor">What dx is multiplied by beside 1/σ: the contract measures without it.</param>
    public static bool Holds(
        double meanOfG,
        double correlation,
        GradientErrors errors,
        double least,
        double rootOfCount,
        double factor
    )
    {
        var floor = Math.Max(Math.Abs(meanOfG), least);
        var floorOfCorrelation = Math.Max(Math.Abs(correlation), floor / rootOfCount);
        var share = Share(errors.OfMean, floor) + Share(errors.OfCorrelation, floorOfCorrelation);
        return share * Math.Max(1, factor) <= Allowed;
    }

    /// <summary>Where nothing can be off nothing is, whatever it is compared with.</summary>
    private static double Share(double error, double floor) => error == 0 ? 0 : error / floor;
}

/// <summary>Bounds of the errors of A and of B.</summary>
internal readonly record struct GradientErrors(double OfMean, double OfCorrelation);
