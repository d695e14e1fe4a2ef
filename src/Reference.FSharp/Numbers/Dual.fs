namespace NormCheck.Reference

/// A value and its derivative along one direction, over any other number type: the exact gradient of the page, without
/// finite differences.
[<Struct; NoEquality; NoComparison>]
type Dual<'R> = {
    Primal: 'R
    Tangent: 'R
} with

    static member inline Constant(value: float) : Dual< ^S > = {
        Primal = constant value
        Tangent = constant 0.0
    }

    static member inline (+)(a: Dual< ^S >, b: Dual< ^S >) : Dual< ^S > = {
        Primal = a.Primal + b.Primal
        Tangent = a.Tangent + b.Tangent
    }

    static member inline (-)(a: Dual< ^S >, b: Dual< ^S >) : Dual< ^S > = {
        Primal = a.Primal - b.Primal
        Tangent = a.Tangent - b.Tangent
    }

    static member inline (~-)(a: Dual< ^S >) : Dual< ^S > = {
        Primal = -a.Primal
        Tangent = -a.Tangent
    }

    static member inline (*)(a: Dual< ^S >, b: Dual< ^S >) : Dual< ^S > = {
        Primal = a.Primal * b.Primal
        Tangent = a.Tangent * b.Primal + a.Primal * b.Tangent
    }

    static member inline (/)(a: Dual< ^S >, b: Dual< ^S >) : Dual< ^S > =
        let quotient = a.Primal / b.Primal

        {
            Primal = quotient
            Tangent = (a.Tangent - quotient * b.Tangent) / b.Primal
        }

    static member inline Sqrt(a: Dual< ^S >) : Dual< ^S > =
        let root = sqrt a.Primal

        {
            Primal = root
            Tangent = a.Tangent / (root + root)
        }

    static member inline Square(a: Dual< ^S >) : Dual< ^S > = {
        Primal = square a.Primal
        Tangent = (a.Primal + a.Primal) * a.Tangent
    }

    static member inline Sum(terms: Dual< ^S >[]) : Dual< ^S > = {
        Primal = sum (terms |> Array.map (fun t -> t.Primal))
        Tangent = sum (terms |> Array.map (fun t -> t.Tangent))
    }

    static member inline Clip(low: Dual< ^S >, high: Dual< ^S >, x: Dual< ^S >) : Dual< ^S > =
        let clipped = clip low.Primal high.Primal x.Primal
        // Inside the bounds the clip is the identity; on or beyond them it is constant.
        let inside = isZero (clipped - x.Primal)

        {
            Primal = clipped
            Tangent = if inside then x.Tangent else constant 0.0
        }

    static member inline Either(first: Dual< ^S >, second: Dual< ^S >) : Dual< ^S > = {
        Primal = either first.Primal second.Primal
        Tangent = either first.Tangent second.Tangent
    }

    static member inline Forming(_probe: Dual< ^S >, x: Dual< ^S >) : Dual< ^S > = x

    static member inline StopGradient(x: Dual< ^S >) : Dual< ^S > = {
        Primal = x.Primal
        Tangent = constant 0.0
    }

    static member inline StoredStatistic(x: Dual< ^S >) : Dual< ^S > = x
    static member inline CastToStorage(x: Dual< ^S >) : Dual< ^S > = x
    static member inline IsZero(x: Dual< ^S >) : bool = isZero x.Primal
