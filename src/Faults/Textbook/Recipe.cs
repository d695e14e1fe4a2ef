using System.Buffers;
using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>Computes a problem in one accumulator type.</summary>
internal interface IRecipe
{
    void Compute(NormProblem problem, GroupMap map, TensorSet tensors);
}

/// <summary>
/// The steps of a normalization as a textbook writes them, every sum from the first term to the last. A variant
/// overrides the steps that it takes in another way; <see cref="TextbookKernel{T}"/> calls them.
/// </summary>
/// <typeparam name="T">The accumulator: all arithmetic is in this type.</typeparam>
internal class Recipe<T> : IRecipe
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public virtual void Compute(NormProblem problem, GroupMap map, TensorSet tensors) =>
        new TextbookKernel<T>(this, problem, map, tensors).Run();

    /// <summary>Before the first group of a call.</summary>
    public virtual void Begin(NormProblem problem) { }

    /// <summary>Before each group; the groups come in the order of the saved statistics.</summary>
    public virtual void Enter(int group) { }

    /// <summary>How many of the groups are computed.</summary>
    public virtual int Reach(int groups) => groups;

    /// <summary>How many of the members of a group are written.</summary>
    public virtual int Written(int count) => count;

    /// <summary>Which γ and β member k of a group uses.</summary>
    public virtual int Slot(int slot, int slots, int group, int k) => slot;

    /// <summary>Σ terms.</summary>
    public virtual T Sum(ReadOnlySpan<T> terms)
    {
        var sum = T.Zero;
        foreach (var term in terms)
        {
            sum += term;
        }

        return sum;
    }

    /// <summary>Σ aᵢ·bᵢ.</summary>
    public virtual T SumOfProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        var rented = ArrayPool<T>.Shared.Rent(a.Length);
        var products = rented.AsSpan(0, a.Length);
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = a[i] * b[i];
        }

        var sum = Sum(products);
        ArrayPool<T>.Shared.Return(rented);
        return sum;
    }

    /// <summary>μ and v of a group.</summary>
    public virtual Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var mean = Mean(x);
        return new(mean, T.Zero, Variance(x, mean));
    }

    /// <summary>Σx/m.</summary>
    public virtual T Mean(ReadOnlySpan<T> x) => Sum(x) / Count(x);

    /// <summary>Σ(x − μ)²/m.</summary>
    public virtual T Variance(ReadOnlySpan<T> x, T mean)
    {
        var rented = ArrayPool<T>.Shared.Rent(x.Length);
        var deviations = rented.AsSpan(0, x.Length);
        for (var i = 0; i < deviations.Length; i++)
        {
            deviations[i] = x[i] - mean;
        }

        var variance = SumOfProducts(deviations, deviations) / Count(x);
        ArrayPool<T>.Shared.Return(rented);
        return variance;
    }

    /// <summary>Σx²/m, which RMS norm has in place of a variance.</summary>
    public virtual T MeanSquare(ReadOnlySpan<T> x) => SumOfProducts(x, x) / Count(x);

    /// <summary>√(v + ε).</summary>
    public virtual T Std(T variance, T epsilon) => T.Sqrt(variance + epsilon);

    /// <summary>1/√(v + ε); ∞ for v = ε = 0.</summary>
    public virtual T InverseStd(T variance, T epsilon) => T.One / T.Sqrt(variance + epsilon);

    /// <summary>A last word on the statistics of the data, before they are used and saved.</summary>
    public virtual GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype) =>
        statistics;

    /// <summary>
    /// What inference normalizes with: σ = √(v + ε) of the running variance; renorm's running σ has its ε inside already.
    /// </summary>
    public virtual GroupStatistics<T> Frozen(T mean, T spread, T epsilon, bool renorm) =>
        renorm
            ? GroupStatistics<T>.Kept(mean, spread, T.One / spread)
            : GroupStatistics<T>.Kept(mean, Std(spread, epsilon), InverseStd(spread, epsilon));

    /// <summary>r = clip(σ_B/σ, 1/rmax, rmax) and d = clip((μ_B − μ)/σ, ±dmax), from the values of before this step.</summary>
    public virtual GroupStatistics<T> Renormalize(
        GroupStatistics<T> batch,
        T runningMean,
        T runningStd,
        T rMax,
        T dMax
    ) =>
        batch with
        {
            R = T.Clamp(batch.Std / runningStd, T.One / rMax, rMax),
            D = T.Clamp((batch.Mean - runningMean) / runningStd, -dMax, dMax),
        };

    /// <summary>What a training forward saves for the backward: μ and 1/σ.</summary>
    public virtual (T Mean, T InverseStd) Saved(in GroupStatistics<T> statistics) =>
        (statistics.Mean, statistics.InverseStd);

    /// <summary>x − μ.</summary>
    public virtual T Deviation(T x, in GroupStatistics<T> statistics) => x - statistics.Mean;

    /// <summary>x̂ = (x − μ)/σ.</summary>
    public virtual T Normalize(T x, in GroupStatistics<T> statistics) =>
        Deviation(x, statistics) * statistics.InverseStd;

    /// <summary>x̂ as a backward has it: recomputed from x.</summary>
    public virtual T Recall(T x, in GroupStatistics<T> statistics, T gamma) =>
        Normalize(x, statistics);

    /// <summary>γ where the convention stores it as an offset from that number (Gemma's 1).</summary>
    public virtual T Scale(T stored, T offset) => stored + offset;

    /// <summary>x̂·r + d: what γ is multiplied with.</summary>
    public virtual T Correct(T normalized, in GroupStatistics<T> statistics) =>
        (normalized * statistics.R) + statistics.D;

    /// <summary>y = γ(x̂·r + d) + β.</summary>
    public virtual T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
        (gamma * Correct(Normalize(x, statistics), statistics)) + beta;

    /// <summary>The same for member k of a group.</summary>
    public virtual T ApplyAt(
        int k,
        int count,
        T x,
        in GroupStatistics<T> statistics,
        T gamma,
        T beta
    ) => Apply(x, statistics, gamma, beta);

    /// <summary>g = γ·dy, the gradient at x̂·r + d.</summary>
    public virtual T Incoming(T dy, T gamma) => gamma * dy;

    /// <summary>A = Σg/m and B = Σ(g·x̂)/m; no A where no mean is taken.</summary>
    public virtual GradientMeans<T> Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        bool centred
    ) =>
        new(centred ? Sum(g) / Count(g) : T.Zero, SumOfProducts(g, normalized) / Count(normalized));

    /// <summary>dx = r·(g − A − x̂·B)/σ, with g = γ·dy and normalized = x̂.</summary>
    public virtual T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) =>
        statistics.InverseStd
        * statistics.R
        * (g - means.Gradient - (normalized * means.Correlation));

    /// <summary>The same for member k of a group.</summary>
    public virtual T GradientAt(
        int k,
        int count,
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => Gradient(g, x, normalized, statistics, means);

    /// <summary>dx = g/σ where the statistics are constants.</summary>
    public virtual T FrozenGradient(T g, in GroupStatistics<T> statistics) =>
        g * statistics.InverseStd;

    /// <summary>dγ of a slot: Σ dy·(x̂·r + d) over all elements that share it.</summary>
    public virtual T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected) =>
        SumOfProducts(dy, corrected);

    /// <summary>dβ of a slot: Σ dy over all elements that share it.</summary>
    public virtual T ShiftGradient(ReadOnlySpan<T> dy) => Sum(dy);

    /// <summary>run ← (1 − momentum)·run + momentum·new.</summary>
    public virtual T Blend(T running, T latest, T momentum) =>
        ((T.One - momentum) * running) + (momentum * latest);

    /// <summary>The variance that is stored: S/max(m − 1, 1) where it is corrected, otherwise S/m.</summary>
    public virtual T StoredVariance(T variance, int count, bool corrected) =>
        corrected
            ? variance * (T.CreateChecked(count) / T.CreateChecked(Math.Max(count - 1, 1)))
            : variance;

    protected static T Count(ReadOnlySpan<T> row) => T.CreateChecked(row.Length);
}
