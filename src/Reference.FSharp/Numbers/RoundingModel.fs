namespace NormCheck.Reference

open System

/// What a correct kernel may lose, as numbers: how inputs enter, how operations and sums round.
/// One value of this type is one contract for one element type.
[<Sealed>]
type RoundingModel
    (
        unit: float,
        inputFactor: float,
        growth: int -> float,
        smallest: float,
        largest: float,
        storage: float,
        storageSmallest: float,
        stored: bool
    ) =
    /// Unit roundoff of the accumulator type: 2⁻²⁴ for f32, 2⁻⁵³ for f64.
    member _.Unit = unit

    /// An input x enters with error InputFactor·Unit·|x|.
    member _.InputFactor = inputFactor

    /// A sum of m terms adds Growth(m)·Unit·Σ|term|.
    member _.Growth(count: int) =
        if count <= 1 then 0.0 else growth count

    /// Smallest positive number of the accumulator type: what a product or quotient may lose by underflow.
    member _.Smallest = smallest

    /// Largest finite number of the accumulator type.
    member _.Largest = largest

    /// Unit roundoff of the storage type, for conventions that round in between.
    member _.Storage = storage

    /// Smallest positive number of the storage type.
    member _.StorageSmallest = storageSmallest

    /// Whether μ and 1/σ may be rounded to the storage type.
    member _.StatisticsInStorage = stored

    /// True where the accumulator type has this very number.
    member _.Holds(value: float) =
        unit <= Math.ScaleB(1.0, -53)
        || not (Double.IsFinite value)
        || float (float32 value) = value

    /// The error of double-double arithmetic itself, as a model: tells where it is too coarse to judge with.
    static member DoubleDouble =
        RoundingModel(
            Math.ScaleB(1.0, -102),
            0.0,
            (fun count -> float (count - 1)),
            // Products of low parts vanish below 2⁻¹⁰²²⁺⁵³.
            Math.ScaleB(1.0, -969),
            Double.MaxValue,
            0.0,
            0.0,
            false
        )

    override _.ToString() = $"u = {unit}, c_in = {inputFactor}"
