using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// How a tier adds. Terms come four packs at a time while there are four, then one by one; the order of additions is fixed
/// by that alone.
/// </summary>
internal interface ISum<TSelf, TPack, TWide>
    where TSelf : unmanaged, ISum<TSelf, TPack, TWide>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
{
    static abstract TSelf Zero { get; }

    /// <summary>
    /// Whether deviations are taken from both parts of the mean while squaring. Where data is as fine as the arithmetic
    /// (f64), the rounding of the mean is not negligible.
    /// </summary>
    static abstract bool Corrects { get; }

    /// <summary>
    /// Whether dy·(x − μ) can leave the range of the arithmetic where dy·x̂ does not. x − μ is then multiplied by a power of
    /// two near 1/σ before it meets dy. Binary64 has room for every product of binary32 numbers.
    /// </summary>
    static abstract bool Scales { get; }

    /// <summary>
    /// Whether Σx must come out exact: kernels then tell the smallest magnitude that they met, which says whether it did
    /// (<see cref="Exactness{TStored}"/>).
    /// </summary>
    static abstract bool Watches { get; }

    /// <summary>One sum a lane of four terms, in two parts: for slots, which take few terms at a time.</summary>
    static abstract void OfFour(TPack a, TPack b, TPack c, TPack d, out TWide high, out TWide low);

    void Add(TPack term);

    void Add(TPack a, TPack b, TPack c, TPack d);

    /// <summary>Adds a².</summary>
    void AddSquare(TPack a);

    void AddSquares(TPack a, TPack b, TPack c, TPack d);

    /// <summary>Adds a·b.</summary>
    void AddProduct(TPack a, TPack b);

    /// <summary>The sum of every lane, in two parts.</summary>
    void Lanes(out TWide high, out TWide low);

    /// <summary>The sum of all lanes.</summary>
    Extended Total();
}
