using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Plans;

namespace NormCheck.Optimized.Gpu.Plans;

/// <summary>
/// What a problem means for a device: the numbers that kernels read, the size of their scratch memory, and the launches. Cuts
/// are those of the CPU kernels (<see cref="Chunks"/>, <see cref="RunGeometry"/>, <see cref="ColumnGeometry"/>), so sums are
/// the same trees.
/// </summary>
internal sealed partial class GpuProgram
{
    private readonly long[] _numbers = new long[Enum.GetValues<PlanNumber>().Length];
    private readonly List<GpuStep> _steps = [];
    private readonly NormProblem _problem;
    private readonly KernelVariant _variant;
    private readonly HashSet<TensorRole> _roles;
    private long _scratch;
    private double _additions;

    public GpuProgram(NormProblem problem, KernelVariant variant)
    {
        _problem = problem;
        _variant = variant;
        _roles = [.. TensorPlan.For(problem).Select(spec => spec.Role)];
        DescribePasses();
        if (!problem.Op.HasChannels())
        {
            PlanRows();
        }
        else if (LayoutKinds.HasNeighbouringChannels(problem))
        {
            PlanColumns();
        }
        else
        {
            PlanRuns();
        }
    }

    public IReadOnlyList<GpuStep> Steps => _steps;

    /// <summary>Numbers of scratch memory, each of the type that is computed in.</summary>
    public long ScratchNumbers => _scratch;

    /// <summary>What kernels read: of the first round, or of the second.</summary>
    public long[] Numbers(bool repeats)
    {
        var numbers = (long[])_numbers.Clone();
        numbers[(int)PlanNumber.IsRepeat] = repeats ? 1 : 0;
        return numbers;
    }

    public double[] Constants()
    {
        var constants = new double[Enum.GetValues<PlanConstant>().Length];
        constants[(int)PlanConstant.Epsilon] = _problem.Epsilon;
        constants[(int)PlanConstant.Momentum] = _problem.Momentum;
        constants[(int)PlanConstant.RMax] = _problem.RMax;
        constants[(int)PlanConstant.DMax] = _problem.DMax;

        // Devices may take subnormal binary32 numbers for 0.
        const double SmallestNormalSingle = 1.17549435e-38;
        constants[(int)PlanConstant.Smallest] = _variant.IsDouble
            ? double.Epsilon
            : SmallestNormalSingle;
        constants[(int)PlanConstant.Roundings] = Kernels.GradientExactness.RoundingsOf(
            _problem.GroupSize,
            _additions
        );
        return constants;
    }

    private long this[PlanNumber number]
    {
        get => _numbers[(int)number];
        set => _numbers[(int)number] = value;
    }

    private bool IsBackward => _problem.Pass.IsBackward();

    private bool HasSlotGradients =>
        _roles.Contains(TensorRole.DGamma) || _roles.Contains(TensorRole.DBeta);

    private bool FindsMoments => this[PlanNumber.FindsMoments] != 0;

    private bool NeedsSums => this[PlanNumber.NeedsSums] != 0;

    private bool HasHints => this[PlanNumber.HasHints] != 0;

    private void DescribePasses()
    {
        var isInference = _problem.Pass.IsInference();
        var isTraining = _problem.Pass == NormPass.BackwardTraining;
        var isCentred = _problem.Op != NormOp.RmsNorm;
        var takesSaved =
            isTraining && !_variant.IsDouble && _roles.Contains(TensorRole.SavedInvStd);
        this[PlanNumber.Count] = _problem.Shape.Count;
        this[PlanNumber.IsCentred] = isCentred ? 1 : 0;
        this[PlanNumber.IsRenorm] = _problem.Op == NormOp.BatchRenorm ? 1 : 0;
        this[PlanNumber.IsInference] = isInference ? 1 : 0;
        this[PlanNumber.IsBackward] = IsBackward ? 1 : 0;
        this[PlanNumber.HasHints] =
            !_variant.Compensates
            && isTraining
            && (!isCentred || _roles.Contains(TensorRole.SavedMean))
                ? 1
                : 0;
        this[PlanNumber.FindsMoments] = isInference || takesSaved ? 0 : 1;
        this[PlanNumber.NeedsSums] = isTraining || (IsBackward && HasSlotGradients) ? 1 : 0;
        this[PlanNumber.StoresPopulation] =
            _problem.Convention.StoredFactor == StoredFactor.Population ? 1 : 0;
        this[PlanNumber.SpansSamples] = _problem.Op.HasRunningStatistics() ? 1 : 0;
        this[PlanNumber.GroupSize] = _problem.GroupSize;
        this[PlanNumber.Groups] = _problem.StatisticsShape.Count;
        this[PlanNumber.Channels] = 1;
        this[PlanNumber.Units] = 1;
        this[PlanNumber.GroupsAt] = Reserve(this[PlanNumber.Groups] * GpuLayout.NumbersSize);
    }

    private long Reserve(long numbers)
    {
        var at = _scratch;
        _scratch += numbers;
        return at;
    }

    private void PlanRows()
    {
        var length = (int)_problem.GroupSize;
        var rows = this[PlanNumber.Groups];
        this[PlanNumber.IsRows] = 1;
        this[PlanNumber.Slices] = SlicesOf(rows);
        DescribeStretches(new(0, 1, 0, length), length, new(0, 1, 0, length), 0);
        this[PlanNumber.TermsAt] = Reserve(
            IsBackward ? this[PlanNumber.Slices] * length * GpuLayout.SlotTermsSize : 0
        );
        if (IsOneLook)
        {
            AddWhole(length);
            return;
        }

        this[PlanNumber.ItemWidth] = WidthOf(length);
        AddStretchSteps();
        if (!IsBackward || !HasSlotGradients)
        {
            AddElements(length);
            return;
        }

        // dx is written while dγ and dβ are added up.
        _steps.Add(
            new(
                "row_gradient",
                this[PlanNumber.Slices] * Chunks.CeilingOf(length, GpuStep.SlotPositions),
                GpuStep.SlotTeam
            )
        );
        _steps.Add(GpuStep.ForEach("row_merge", length));
    }

    /// <summary>Slices of rows over which dγ and dβ are added up, as on the CPU: by the number of rows alone.</summary>
    private static long SlicesOf(long rows) => Math.Clamp(rows / 32, 1, 16);

    private void PlanRuns()
    {
        var geometry = new RunGeometry(_problem);
        this[PlanNumber.Channels] = geometry.Channels;
        this[PlanNumber.Units] = geometry.UnitsOfGroup;
        this[PlanNumber.TermRows] = geometry.Samples;
        DescribeStretches(
            geometry.Group(0),
            geometry.NextGroup,
            geometry.Unit(0, 0),
            geometry.SpansSamples ? 0 : geometry.Space
        );
        this[PlanNumber.TermsAt] = Reserve(
            IsBackward ? this[PlanNumber.Groups] * geometry.UnitsOfGroup * GpuLayout.TermsSize : 0
        );
        if (IsOneLook)
        {
            AddWhole(geometry.Space);
            return;
        }

        AddStretchSteps();
        if (IsBackward && HasSlotGradients && !geometry.SpansSamples)
        {
            _steps.Add(GpuStep.ForEach("add_terms", geometry.Channels));
        }

        AddElements(geometry.Space);
    }

    private void DescribeStretches(Stretch group, nint step, Stretch unit, int unitStep)
    {
        var chunks = new Chunks(group);
        var chunksOfUnit = new Chunks(unit);
        _additions = chunksOfUnit.Additions;
        this[PlanNumber.GroupStep] = step;
        this[PlanNumber.GroupRuns] = group.Runs;
        this[PlanNumber.GroupDistance] = group.Distance;
        this[PlanNumber.GroupLength] = group.Length;
        this[PlanNumber.Chunks] = chunks.Count;
        (this[PlanNumber.RunsEach], this[PlanNumber.PiecesEach]) = CutOf(group, chunks);
        this[PlanNumber.UnitStep] = unitStep;
        this[PlanNumber.UnitLength] = unit.Length;
        this[PlanNumber.UnitChunks] = chunksOfUnit.Count;
        (this[PlanNumber.UnitRunsEach], this[PlanNumber.UnitPiecesEach]) = CutOf(
            unit,
            chunksOfUnit
        );
        this[PlanNumber.MomentsOfGroup] = Math.Max(
            chunks.Count,
            chunksOfUnit.Count * this[PlanNumber.Units]
        );
        var groups = this[PlanNumber.Groups];
        this[PlanNumber.MomentsAt] = Reserve(
            FindsMoments ? groups * this[PlanNumber.MomentsOfGroup] * GpuLayout.MomentsSize : 0
        );
        this[PlanNumber.SumsAt] = Reserve(
            NeedsSums
                ? groups * this[PlanNumber.Units] * chunksOfUnit.Count * GpuLayout.SumsSize
                : 0
        );
    }

    private static (long RunsEach, long PiecesEach) CutOf(Stretch whole, Chunks chunks) =>
        whole.Length <= Chunks.Size ? (chunks[0].Runs, 1) : (1, chunks.Count / whole.Runs);

    private void AddStretchSteps()
    {
        var groups = this[PlanNumber.Groups];
        var units = groups * this[PlanNumber.Units] * this[PlanNumber.UnitChunks];
        if (HasHints)
        {
            _steps.Add(GpuStep.Teams("stretch_gather", units));
            _steps.Add(GpuStep.ForEach("stretch_finish_gathered", groups));
        }

        if (FindsMoments)
        {
            _steps.Add(GpuStep.Teams("stretch_moments", groups * this[PlanNumber.Chunks]));
            _steps.Add(GpuStep.ForEach("stretch_finish", groups));
        }
        else
        {
            _steps.Add(GpuStep.ForEach("given_numbers", groups));
        }

        if (NeedsSums)
        {
            _steps.Add(GpuStep.Teams("stretch_products", units));
        }

        if (IsBackward)
        {
            _steps.Add(GpuStep.ForEach("stretch_slopes", groups));
        }
    }

    /// <summary>A forward whose groups fit into local memory, one for each team.</summary>
    private bool IsOneLook => !IsBackward && FindsMoments && this[PlanNumber.Chunks] == 1;

    private void AddWhole(int line)
    {
        this[PlanNumber.ItemWidth] = WidthOf(line);
        _steps.Add(GpuStep.Teams("stretch_whole", this[PlanNumber.Groups]));
    }

    /// <summary>Elements that an item moves at once: those of 16 bytes, where lines are made of such.</summary>
    /// <param name="line">Neighbouring elements in one group, or with neighbouring channels.</param>
    private int WidthOf(int line)
    {
        var pack = 16 / _problem.DType.Size();
        return line % pack == 0 ? pack : 1;
    }

    private void AddElements(int line)
    {
        this[PlanNumber.ItemWidth] = WidthOf(line);
        var items = this[PlanNumber.Count] / this[PlanNumber.ItemWidth];
        _steps.Add(
            new(
                IsBackward ? "gradient" : "apply",
                (items + GpuStep.ElementTeam - 1) / GpuStep.ElementTeam,
                GpuStep.ElementTeam
            )
        );
    }
}
