using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>A problem, prepared: the loops are chosen and the scratch memory is there.</summary>
internal abstract class Execution(NormProblem problem, Resources resources)
    : IParallelWork,
        IDisposable
{
    private Buffers _buffers;

    protected NormProblem Problem { get; } = problem;

    protected Resources Resources { get; } = resources;

    protected ref readonly Buffers Tensors => ref _buffers;

    /// <summary>What <see cref="Do"/> is at: an execution numbers its own phases.</summary>
    protected int Phase { get; private set; }

    public void Run(in Buffers buffers)
    {
        _buffers = buffers;
        Compute();
        _buffers = default;
    }

    public abstract void Do(int part, int parts);

    public virtual void Dispose() => Resources.Dispose();

    protected abstract void Compute();

    /// <summary>One phase on all threads, or on this one where there is too little to do.</summary>
    protected void InParallel(int phase, int parts)
    {
        Phase = phase;
        Resources.Workers.Run(this, parts);
    }

    /// <summary>The part's share of some items: neighbours, as many as in every other part, give or take one.</summary>
    protected static (int First, int End) Share(int items, int part, int parts) =>
        ((int)((long)items * part / parts), (int)((long)items * (part + 1) / parts));
}

/// <summary>What executions of all layouts share: the arithmetic of one group, for one tier and element type.</summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>(
    NormProblem problem,
    Resources resources
) : Execution(problem, resources)
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private readonly Scratch _stages = resources.Allocate(
        (nint)resources.PartsFor(BytesOf(problem))
            * (
                OutputStage.Streams(problem, BytesOf(problem), OwnTier)
                    ? OutputStage.BufferBytes
                    : 0
            )
    );

    /// <summary>Parts that phases over the whole tensor are split into.</summary>
    protected int Parts { get; } = resources.PartsFor(BytesOf(problem));

    /// <summary>Whether the call outgrows the caches.</summary>
    protected bool Streams { get; } = OutputStage.Streams(problem, BytesOf(problem), OwnTier);

    /// <summary>Whether what is needed soon is fetched: a prefetcher does as well where data is in a cache and in order.</summary>
    protected virtual bool FetchesAhead => true;

    protected Ahead Fetching(Ahead ahead) => FetchesAhead ? ahead : Ahead.Nothing;

    protected bool IsCentred { get; } = problem.Op != NormOp.RmsNorm;

    protected bool IsInference { get; } = problem.Pass.IsInference();

    protected bool IsBackward { get; } = problem.Pass.IsBackward();

    protected bool HasSlotGradients => Tensors.DGamma is not null || Tensors.DBeta is not null;

    /// <summary>The tier that computes in such packs.</summary>
    protected static Tier OwnTier => TPack.LaneBytes == sizeof(float) ? Tier.Fast : Tier.Faithful;

    /// <summary>Bytes of x, and of every tensor of its size.</summary>
    protected static long BytesOf(NormProblem problem) => problem.Shape.Count * TStored.Bytes;

    /// <summary>Where a part puts its results. In place they go straight to the tensor, which is in the cache.</summary>
    protected OutputStage Stage(int part)
    {
        var target = IsBackward ? Tensors.Dx : Tensors.Y;
        var isInPlace = target == Tensors.X || target == Tensors.Dy;
        var buffer = _stages.Memory + ((nint)part * OutputStage.BufferBytes);
        return new(target, Streams && !isInPlace ? buffer : null);
    }

    /// <summary>
    /// Whether a backward takes the statistics that the forward saved. They are binary32 numbers: good enough for Fast, not
    /// for Faithful, which looks at x anyway.
    /// </summary>
    protected bool TakesSaved =>
        TPack.LaneBytes == sizeof(float) && Tensors.SavedInverseStd is not null;

    /// <summary>A mean as kernels subtract it: its first part a number of their own type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static Extended PivotOf(Extended mean) =>
        TPack.LaneBytes == sizeof(float) ? mean.SplitForSingle() : mean;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static Centre CentreOf(Extended mean, double inverseStd) =>
        new(PivotOf(mean), inverseStd);

    /// <summary>Σ(x − μ)² from Σ(x − pivot)²: nothing to do where kernels subtract both parts of the mean.</summary>
    protected static double SquaresAbout(Extended pivot, double squares, double count) =>
        TSum.Corrects ? squares : Math.Max(0, squares - (count * pivot.Lo * pivot.Lo));

    /// <summary>Σg(x − μ)·scale from Σg(x − pivot)·scale.</summary>
    protected static double ProductsAbout(
        Extended pivot,
        double scale,
        Extended products,
        Extended sum
    ) => TSum.Corrects ? products.Value : products.Value - (pivot.Lo * scale * sum.Value);

    /// <summary>The power of two that x − μ is multiplied by before it meets dy: 1 where products need none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static double ScaleOf(double inverseStd) =>
        TSum.Scales ? PowersOfTwo.Below(inverseStd) : 1;

    /// <summary>What makes Σg·x̂ of Σg(x − μ)·<see cref="ScaleOf"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static double Unscaled(double inverseStd) =>
        TSum.Scales ? inverseStd / ScaleOf(inverseStd) : inverseStd;

    protected void MomentsOf(in Stretch stretch, Ahead ahead, out ChunkMoments moments)
    {
        var count = (double)stretch.Count;
        var sum = IsCentred
            ? RunKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, stretch)
            : Extended.Zero;
        var mean = IsCentred ? sum / count : Extended.Zero;
        var pivot = PivotOf(mean);
        var sumOfSquares = RunKernels<TPack, TWide, TSum, TStored>.Squares(
            Tensors.X,
            stretch,
            pivot,
            ahead,
            out var least
        );
        var squares = SquaresAbout(pivot, sumOfSquares.Value, count);
        if (SumsAgain(stretch, 0, sum.Hi, squares, least, ref sum))
        {
            mean = sum / count;
        }

        moments.Sum = sum;
        moments.Mean = mean;
        moments.Squares = squares;
        moments.Count = count;
        moments.Least = least;
    }

    /// <param name="next">Distance in elements of the group that follows.</param>
    /// <param name="isSmall">Whether the following group fits the cache beside this one.</param>
    protected void MomentsOf(
        in Stretch group,
        ChunkMoments* scratch,
        nint next,
        out Moments moments,
        bool isSmall = false
    )
    {
        var chunks = new Chunks(group);
        for (var i = 0; i < chunks.Count; i++)
        {
            MomentsOf(
                chunks[i],
                Fetching(
                    isSmall ? Ahead.First(next * TStored.Bytes) : AheadOfMoments(chunks, i, next)
                ),
                out scratch[i]
            );
        }

        Merge(group, scratch, chunks.Count, out moments);
    }

    /// <summary>
    /// What the statistics of a chunk fetch: the next chunk, or half of the next group, the other half of which is fetched while
    /// this one is written.
    /// </summary>
    protected static Ahead AheadOfMoments(Chunks chunks, int chunk, nint next) =>
        chunk + 1 < chunks.Count
            ? Ahead.Whole((chunks[chunk + 1].First - chunks[chunk].First) * TStored.Bytes)
            : Ahead.First((chunks[0].First + next - chunks[chunk].First) * TStored.Bytes);

    /// <summary>
    /// Whether the forward left a mean from which to look at everything at once, σ still unknown. It is a hint: what comes of
    /// it is checked (<see cref="Trusts"/>), and a bad one costs time, not accuracy.
    /// </summary>
    protected bool HasHints =>
        !TSum.Scales
        && Problem.Pass == NormPass.BackwardTraining
        && (Tensors.SavedMean is not null || !IsCentred);

    protected double Hint(nint group) => Parameter(Tensors.SavedMean, group, 0);

    /// <summary>
    /// The variance was taken about a pivot and moved to the mean. That loses (μ − pivot)²/(v + ε) in units of 2⁻⁵³: nothing
    /// that matters as long as both are of a size, as they are where the pivot is the mean rounded to binary32.
    /// </summary>
    protected bool Trusts(in Moments moments, double pivot)
    {
        const double Most = 1024;
        var distance = moments.Mean.Minus(pivot);
        return distance * distance <= Most * (moments.Variance + Problem.Epsilon);
    }

    /// <summary>Moments of a chunk from its sums about a pivot.</summary>
    protected void MomentsOf(
        in Stretch stretch,
        in GatheredSums gathered,
        double pivot,
        out ChunkMoments moments
    )
    {
        var count = (double)stretch.Count;
        var deviation = gathered.Deviations.Value;
        var sum = Extended.OfProduct(pivot, count) + gathered.Deviations;
        var squares = Math.Max(0, gathered.Squares.Value - (deviation * (deviation / count)));
        SumsAgain(stretch, pivot, deviation, squares, gathered.LeastX, ref sum);
        moments.Sum = sum;
        moments.Mean = sum / count;
        moments.Squares = squares;
        moments.Count = count;
        moments.Least = gathered.LeastX;
    }

    protected static double Parameter(byte* memory, nint index, double missing) =>
        memory is null ? missing : TStored.ReadParameter(memory, index);
}
