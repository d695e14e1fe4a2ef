using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>
/// The sequence of random cases of a seed. Case number i depends on the selection, the seed and i alone, so shards and
/// replays draw the same cases. Cells take turns; everything else is drawn.
/// </summary>
public sealed class CaseGenerator
{
    private static readonly double[] s_epsilons = [1e-5, 1e-5, 1e-5, 1e-3, 0.1, 1e-6, 1e-12, 0, 1];
    private static readonly double[] s_momenta = [0.1, 0.1, 0.01, 0.9, 0.25, 0, 1];
    private static readonly double[] s_clips = [1, 1.5, 3, double.PositiveInfinity];
    private static readonly double[] s_shifts = [0, 0.5, 5, double.PositiveInfinity];

    /// <summary>Elements of a case whose sums are long.</summary>
    private const long Long = 8192;

    private readonly CaseSelection _selection;
    private readonly IReadOnlyList<CaseCell> _cells;
    private readonly ulong _seed;

    public CaseGenerator(CaseSelection selection, ulong seed)
    {
        _selection = selection;
        _cells = selection.Cells();
        _seed = seed;
    }

    /// <summary>Number of cells that take turns; 0 means that there is nothing to draw.</summary>
    public int CellCount => _cells.Count;

    /// <summary>Case number <paramref name="index"/> of the sequence.</summary>
    public Case this[long index] =>
        Draw(_cells[(int)(index % _cells.Count)], SeededRandom.For(_seed, (ulong)index));

    private Case Draw(CaseCell cell, SeededRandom random)
    {
        var op = cell.Op;
        var (shape, axis, groups) = CaseShapes.Draw(op, cell.DType, random);
        var renorm = op == NormOp.BatchRenorm;
        var problem = new NormProblem
        {
            Op = op,
            Pass = cell.Pass,
            DType = cell.DType,
            Shape = shape,
            Layout = cell.Layout,
            GradientLayout = DrawGradientLayout(cell, shape.Rank, random),
            Affine = DrawAffine(shape, random),
            Epsilon = random.Pick(s_epsilons),
            Momentum = op.HasRunningStatistics()
                ? random.Pick(s_momenta)
                : _selection.Convention.DefaultMomentum,
            Groups = groups,
            Axis = axis,
            RMax = renorm ? random.Pick(s_clips) : double.PositiveInfinity,
            DMax = renorm ? random.Pick(s_shifts) : double.PositiveInfinity,
            Saved = random.Chance(0.7),
            Running = random.Chance(0.8) || op != NormOp.BatchNorm,
            Convention = _selection.Convention,
        };
        return new Case
        {
            Problem = problem.Validated(),
            Data = DataChoice.Draw(cell.DType, problem, random),
            Seed = random.Bits() % 1_000_000,
        };
    }

    /// <summary>In long sums γ of both signs cancels, and what is missing from a sum hardly shows: there it is often absent.</summary>
    private static AffineParts DrawAffine(Shape shape, SeededRandom random) =>
        shape.Count > Long && random.Chance(0.5) ? AffineParts.None
        : random.Chance(0.6) ? AffineParts.Both
        : (AffineParts)random.Below(4);

    private Layout? DrawGradientLayout(CaseCell cell, int rank, SeededRandom random) =>
        _selection.Strides
        && cell.Op.HasChannels()
        && cell.Pass.IsBackward()
        && rank > 2
        && random.Chance(0.3)
            ? cell.Layout == Layout.ChannelsFirst
                ? Layout.ChannelsLast
                : Layout.ChannelsFirst
            : null;
}
