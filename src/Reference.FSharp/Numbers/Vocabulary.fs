namespace NormCheck.Reference

/// The words in which the page is written, beside + − * / and sqrt. Each is resolved at compile time to a static
/// member of the number type, so the same text is read with Binary64, DoubleDouble, BigFloat, Bounded and Dual.
[<AutoOpen>]
module Vocabulary =

    /// A number known exactly, such as a count.
    let inline constant (value: float) : ^R =
        (^R: (static member Constant: float -> ^R) value)

    /// Σ of all terms; 0 for none.
    let inline sum (terms: ^R[]) : ^R =
        (^R: (static member Sum: ^R[] -> ^R) terms)

    /// x².
    let inline square (x: ^R) : ^R =
        (^R: (static member Square: ^R -> ^R) x)

    /// x forced into [low, high].
    let inline clip (low: ^R) (high: ^R) (x: ^R) : ^R =
        (^R: (static member Clip: ^R * ^R * ^R -> ^R) (low, high, x))

    /// Two ways to compute the same number: a kernel may take either.
    let inline either (first: ^R) (second: ^R) : ^R =
        (^R: (static member Either: ^R * ^R -> ^R) (first, second))

    /// x, for kernels that also form the probe: where that leaves the accumulator's range there is no claim on x.
    let inline forming (probe: ^R) (x: ^R) : ^R =
        (^R: (static member Forming: ^R * ^R -> ^R) (probe, x))

    /// x as a constant for the derivative.
    let inline stopGradient (x: ^R) : ^R =
        (^R: (static member StopGradient: ^R -> ^R) x)

    /// A statistic where a kernel may round it to the storage type (contract stats-in-storage only).
    let inline storedStatistic (x: ^R) : ^R =
        (^R: (static member StoredStatistic: ^R -> ^R) x)

    /// A value where the convention says that it is rounded to the storage type.
    let inline castToStorage (x: ^R) : ^R =
        (^R: (static member CastToStorage: ^R -> ^R) x)

    /// True where x is 0 beyond doubt.
    let inline isZero (x: ^R) : bool =
        (^R: (static member IsZero: ^R -> bool) x)
