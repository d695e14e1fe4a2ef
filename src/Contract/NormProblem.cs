namespace NormCheck.Contract;

/// <summary>
/// One normalization problem. The shape is N×C×spatial for ops with channels and any rank-2 to rank-5 shape for layer
/// and RMS norm, whatever the layout; <see cref="MemoryShape"/> is the order in memory (and in the C ABI).
/// </summary>
public sealed record NormProblem
{
    public const int MinRank = 2;
    public const int MaxRank = 5;

    /// <summary>Most elements of a tensor: as binary64 they fit a byte array, margins of the hosts included.</summary>
    public const long MaxCount = (1L << 28) - (1 << 16);

    public required NormOp Op { get; init; }

    public required NormPass Pass { get; init; }

    public required DType DType { get; init; }

    public required Shape Shape { get; init; }

    /// <summary>Memory order of x and y (ops with channels).</summary>
    public Layout Layout { get; init; } = Layout.ChannelsFirst;

    /// <summary>Memory order of the incoming gradient dy; null: the same as x. Anything else needs strides.</summary>
    public Layout? GradientLayout { get; init; }

    public AffineParts Affine { get; init; } = AffineParts.Both;

    /// <summary>ε ≥ 0, in units of a variance (of a standard deviation where the convention adds it outside the root).</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Weight of the NEW value in the running statistics.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Number of groups of channels (group norm; 1 elsewhere).</summary>
    public int Groups { get; init; } = 1;

    /// <summary>First normalized axis, counted from the front (layer and RMS norm; 0 elsewhere).</summary>
    public int Axis { get; init; }

    /// <summary>Renorm: r is clipped to [1/RMax, RMax].</summary>
    public double RMax { get; init; } = double.PositiveInfinity;

    /// <summary>Renorm: d is clipped to [−DMax, DMax].</summary>
    public double DMax { get; init; } = double.PositiveInfinity;

    /// <summary>Whether a training forward has saved-statistics outputs and a backward has them as inputs.</summary>
    public bool Saved { get; init; } = true;

    /// <summary>Whether a training forward has running statistics to update (batch norm; renorm always has).</summary>
    public bool Running { get; init; } = true;

    public Convention Convention { get; init; } = Conventions.Default;

    public int Rank => Shape.Rank;

    /// <summary>Extents in memory order: nc_problem.shape.</summary>
    public Shape MemoryShape => Shape.Permute(AxisOrder);

    /// <summary>For each axis in memory, the axis of <see cref="Shape"/> that lies there.</summary>
    public int[] AxisOrder => (Op.HasChannels() ? Layout : Layout.ChannelsFirst).AxisOrder(Rank);

    /// <summary>Position of the channel axis in memory (ops with channels), otherwise −1.</summary>
    public int ChannelAxis =>
        !Op.HasChannels() ? -1
        : Layout == Layout.ChannelsFirst ? 1
        : Rank - 1;

    public int Channels => Op.HasChannels() ? Shape[1] : 0;

    /// <summary>Shape of γ and β.</summary>
    public Shape ParameterShape =>
        !Op.HasChannels() ? Shape.Slice(Axis, Rank)
        : Op == NormOp.GroupNorm && Convention.AffineShape == AffineShape.PerGroup
            ? new Shape(Groups)
        : new Shape(Channels);

    /// <summary>Shape of the saved statistics: one per group of elements that share μ and v.</summary>
    public Shape StatisticsShape =>
        Op switch
        {
            NormOp.BatchNorm or NormOp.BatchRenorm => new Shape(Channels),
            NormOp.InstanceNorm => new Shape(Shape[0], Channels),
            NormOp.GroupNorm => new Shape(Shape[0], Groups),
            _ => Axis == 0 ? new Shape(1) : Shape.Slice(0, Axis),
        };

    /// <summary>Elements that share one mean and variance: m.</summary>
    public long GroupSize => StatisticsShape.Count == 0 ? 0 : Shape.Count / StatisticsShape.Count;

    /// <summary>The problem in its one canonical form (rank 2 has one layout), if it makes sense.</summary>
    /// <exception cref="InputException">It does not; the message says why in one line.</exception>
    public NormProblem Validated()
    {
        if (Rank is < MinRank or > MaxRank)
        {
            throw new InputException(
                $"expected a shape of {MinRank} to {MaxRank} axes, got {Shape} ({Rank})"
            );
        }

        if (Shape.Extents.Any(extent => extent < 1))
        {
            throw new InputException($"expected extents of at least 1, got {Shape}");
        }

        if (Shape.Extents.Aggregate(1.0, (product, extent) => product * extent) > MaxCount)
        {
            throw new InputException($"expected at most {MaxCount} elements, got {Shape}");
        }

        if (!Op.Passes().Contains(Pass))
        {
            var fits = string.Join(", ", Op.Passes().Select(pass => pass.Word(Op)));
            throw new InputException(
                $"{Op.Word()} has no pass '{Pass.Word(Op)}': expected one of {fits}"
            );
        }

        if (!(double.IsFinite(Epsilon) && Epsilon >= 0))
        {
            throw new InputException(
                $"expected eps to be finite and at least 0, got {ProblemText.Number(Epsilon)}"
            );
        }

        if (!(Momentum >= 0 && Momentum <= 1))
        {
            throw new InputException(
                $"expected momentum between 0 and 1, got {ProblemText.Number(Momentum)}"
            );
        }

        if (!(RMax >= 1))
        {
            throw new InputException(
                $"expected rmax of at least 1, got {ProblemText.Number(RMax)}"
            );
        }

        if (!(DMax >= 0))
        {
            throw new InputException(
                $"expected dmax of at least 0, got {ProblemText.Number(DMax)}"
            );
        }

        if (Op == NormOp.GroupNorm && (Groups < 1 || Channels % Groups != 0))
        {
            throw new InputException(
                $"expected groups to divide the {Channels} channels of {Shape}, got groups={Groups}"
            );
        }

        if (!Op.HasChannels() && (Axis < 0 || Axis >= Rank))
        {
            throw new InputException(
                $"expected axis between {-Rank} and {Rank - 1} for shape {Shape}, got {Axis}"
            );
        }

        var oneLayout = !Op.HasChannels() || Rank == 2;
        return this with
        {
            Layout = oneLayout ? Layout.ChannelsFirst : Layout,
            GradientLayout = oneLayout ? null : GradientLayout,
        };
    }
}
