using NormCheck.Contract;

namespace NormCheck.Optimized.Api;

/// <summary>A problem and its options, by value: what tells one plan from another.</summary>
internal readonly record struct PlanKey
{
    public required NormOp Op { get; init; }

    public required NormPass Pass { get; init; }

    public required DType DType { get; init; }

    /// <summary>N, or rows.</summary>
    public required int Samples { get; init; }

    /// <summary>C, or the length of a row.</summary>
    public required int Channels { get; init; }

    /// <summary>S; 1 for rows.</summary>
    public required int Space { get; init; }

    public Layout Layout { get; init; }

    public AffineParts Affine { get; init; }

    public bool Saved { get; init; }

    public bool Running { get; init; }

    public int Groups { get; init; }

    public double Epsilon { get; init; }

    public double Momentum { get; init; }

    public double RMax { get; init; }

    public double DMax { get; init; }

    /// <summary>True where running_var takes in S/m instead of S/(m − 1).</summary>
    public bool StoresPopulation { get; init; }

    public Tier Tier { get; init; }

    public int Threads { get; init; }

    /// <summary>True where the shape makes sense and has that many elements.</summary>
    public bool Holds(int elements) =>
        Samples > 0
        && Channels > 0
        && Space > 0
        && (long)Samples * Channels <= elements
        && (long)Samples * Channels * Space == elements;

    public NormProblem Problem() =>
        new()
        {
            Op = Op,
            Pass = Pass,
            DType = DType,
            Shape = ShapeInOrder(),
            Layout = Layout,
            Affine = Affine,
            Saved = Saved,
            Running = Running,
            Groups = Groups,
            Axis = Op.HasChannels() ? 0 : 1,
            Epsilon = Epsilon,
            Momentum = Momentum,
            RMax = RMax,
            DMax = DMax,
            Convention = StoresPopulation ? Conventions.Get("population") : Conventions.Default,
        };

    private Shape ShapeInOrder()
    {
        if (Samples < 1 || Channels < 1 || Space < 1)
        {
            throw new InputException(
                Op.HasChannels()
                    ? $"expected samples, channels and space of at least 1, got {Samples}x{Channels}x{Space}"
                    : $"expected rows and length of at least 1, got {Samples}x{Channels}"
            );
        }

        return Op.HasChannels()
            ? new Shape(Samples, Channels, Space)
            : new Shape(Samples, Channels);
    }
}
