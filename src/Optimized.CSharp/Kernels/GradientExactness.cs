namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Whether A = Σg/m and B = Σ(g·x̂)/m are good enough for dx = f·(g − A − x̂B) of every element. Of the errors in A and in x̂B
/// an element allows, together, 2⁻³⁶ of the largest of abs(g), abs(A) and abs(x̂B) (contract <c>faithful</c>).
/// </summary>
/// <remarks>
/// <para>
/// What is allowed is abs(A)·2⁻³⁶ at least. B may be off by 2⁻³⁶·abs(B), or by 2⁻³⁶·abs(A)/√m, since abs(x̂) ≤ √m.
/// </para>
/// <para>
/// Sums are off by some multiple of 2⁻⁵³·G, with G = √(Σg²/m): for Σg·x̂ as for Σg, since Σx̂² ≤ m. Let an addition round a
/// partial sum of j terms by up to 2⁻⁵³·√j·G, either way. Then the error of A has a standard deviation of less than
/// 2⁻⁵³·√(Σj/3)·G/m = 0.41·2⁻⁵³·√(k/m)·G where chains are k additions long (and sums of chains likewise: their lengths add up). The
/// test takes 8·2⁻⁵³·√(k/m)·G, nearly 20 times as much. (What is certain grows with k itself: with that a third of all ordinary
/// large groups would go round again.)
/// </para>
/// </remarks>
internal static class GradientExactness
{
    private const double Unit = 1.0 / (1L << 53);

    private const double Deviations = 8;

    /// <summary>
    /// 2⁻³⁶, less what the formula itself rounds off (fewer than 16 roundings of 2⁻⁵³) and what this test does.
    /// </summary>
    private const double Allowed = (1.0 / (1L << 36)) - (1.0 / (1L << 44));

    /// <summary>What A of plain binary64 sums may be off by, in units of 2⁻⁵³·G.</summary>
    /// <param name="additions">The longest way of a term through the sums of a chunk, and of chunks where these are plain.</param>
    public static double RoundingsOf(double count, double additions)
    {
        // 16 lanes are added after that.
        const double OfLanes = 16;
        return Deviations * Math.Sqrt(Math.Min(1, (additions + OfLanes) / count));
    }

    /// <summary>
    /// Plain sums surely hold where A² and B² are this many times Σg²/m each: either error then takes less than half of what is
    /// allowed (and a little less, so that no rounding here says other than <see cref="Holds"/> does).
    /// </summary>
    public static double SureSquareOf(double roundings)
    {
        const double Cautious = 1 + (1.0 / (1 << 20));
        var share = 2 * roundings * Unit / Allowed;
        return Cautious * share * share;
    }

    /// <summary>Bound of the error in A of plain binary64 sums.</summary>
    /// <param name="rms">G.</param>
    public static double OfPlainSums(double roundings, double rms) => roundings * Unit * rms;

    /// <summary>
    /// Bound of the error in B of sums about another pivot, beside that in A: such products are larger, and moving them rounds once.
    /// </summary>
    /// <param name="distance">From the pivot to the mean, in units of σ.</param>
    public static double OfMovedSums(double roundings, double rms, double distance) =>
        2 * (roundings + 1) * Unit * rms * distance;

    /// <summary>
    /// The same of sums that keep what is rounded off (Ogita, Rump, Oishi 2005), where a term goes through k additions at most:
    /// k²·2⁻¹⁰⁶·G. This one is certain.
    /// </summary>
    public static double OfCompensatedSums(double rms, double additions)
    {
        // 16 lanes are added after that.
        var roundings = (additions + 32) * Unit;
        return roundings * roundings * rms;
    }

    /// <param name="error">Of A.</param>
    /// <param name="errorOfCorrelation">Of B.</param>
    /// <param name="rootOfCount">√m.</param>
    /// <param name="factor">What dx is multiplied by beside 1/σ: the contract measures without it.</param>
    public static bool Holds(
        double meanOfG,
        double correlation,
        double error,
        double errorOfCorrelation,
        double rootOfCount,
        double factor
    )
    {
        var floor = Math.Abs(meanOfG);
        var floorOfCorrelation = Math.Max(Math.Abs(correlation), floor / rootOfCount);
        var share = Share(error, floor) + Share(errorOfCorrelation, floorOfCorrelation);
        return share * Math.Max(1, factor) <= Allowed;
    }

    /// <summary>Where nothing can be off nothing is, whatever it is compared with.</summary>
    private static double Share(double error, double floor) => error == 0 ? 0 : error / floor;
}
