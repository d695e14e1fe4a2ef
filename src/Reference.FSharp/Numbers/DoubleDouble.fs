namespace NormCheck.Reference

open System

/// An unevaluated sum of two binary64 numbers, |Lo| ≤ ½ulp(Hi): about 106 bits. The truth for judging.
/// Each operation is good to 2⁻¹⁰² relative as long as nothing over- or underflows (T. J. Dekker 1971, D. E. Knuth;
/// error bounds: M. Joldes, J.-M. Muller, V. Popescu, "Tight and rigorous error bounds for basic building blocks of
/// double-word arithmetic", ACM TOMS 44, 2017).
[<Struct; CustomEquality; NoComparison>]
type DoubleDouble = {
    Hi: float
    Lo: float
} with

    /// Sum and its rounding error, for any order of magnitudes.
    static member inline private TwoSum (a: float) (b: float) : struct (float * float) =
        let s = a + b
        let bb = s - a
        struct (s, (a - (s - bb)) + (b - bb))

    /// Sum and its rounding error, for |a| ≥ |b|.
    static member inline private QuickTwoSum (a: float) (b: float) : DoubleDouble =
        let s = a + b

        if Double.IsFinite s then
            { Hi = s; Lo = b - (s - a) }
        else
            { Hi = s; Lo = 0.0 }

    static member inline private TwoProduct (a: float) (b: float) : struct (float * float) =
        let p = a * b
        struct (p, Math.FusedMultiplyAdd(a, b, -p))

    static member OfFloat(value: float) = { Hi = value; Lo = 0.0 }

    /// The nearest binary64.
    member x.ToFloat() = x.Hi + x.Lo

    static member Constant(value: float) = DoubleDouble.OfFloat value

    static member (+)(a: DoubleDouble, b: DoubleDouble) : DoubleDouble =
        let struct (s, e) = DoubleDouble.TwoSum a.Hi b.Hi

        if not (Double.IsFinite s) then
            { Hi = s; Lo = 0.0 }
        else
            let struct (t, f) = DoubleDouble.TwoSum a.Lo b.Lo
            let first = DoubleDouble.QuickTwoSum s (e + t)
            DoubleDouble.QuickTwoSum first.Hi (first.Lo + f)

    static member (~-)(a: DoubleDouble) : DoubleDouble = { Hi = -a.Hi; Lo = -a.Lo }
    static member (-)(a: DoubleDouble, b: DoubleDouble) : DoubleDouble = a + (-b)

    static member (*)(a: DoubleDouble, b: DoubleDouble) : DoubleDouble =
        let struct (p, e) = DoubleDouble.TwoProduct a.Hi b.Hi

        if not (Double.IsFinite p) then
            { Hi = p; Lo = 0.0 }
        else
            DoubleDouble.QuickTwoSum p (e + (a.Hi * b.Lo + a.Lo * b.Hi))

    static member (/)(a: DoubleDouble, b: DoubleDouble) : DoubleDouble =
        let q1 = a.Hi / b.Hi

        if not (Double.IsFinite q1) || not (Double.IsFinite b.Hi) then
            { Hi = q1; Lo = 0.0 }
        else
            // Long division: each remainder yields the next 53 bits of the quotient.
            let r1 = a - b * DoubleDouble.OfFloat q1
            let q2 = r1.Hi / b.Hi
            let r2 = r1 - b * DoubleDouble.OfFloat q2
            let q3 = r2.Hi / b.Hi
            DoubleDouble.QuickTwoSum q1 q2 + DoubleDouble.OfFloat q3

    static member Square(a: DoubleDouble) : DoubleDouble = a * a

    static member Sqrt(a: DoubleDouble) : DoubleDouble =
        let root = sqrt a.Hi

        if not (root > 0.0) || not (Double.IsFinite root) then
            { Hi = root; Lo = 0.0 }
        else
            // One Newton step on the binary64 root doubles its bits; a second one removes what division left over.
            let step (r: DoubleDouble) =
                r + (a - r * r) / (DoubleDouble.OfFloat(2.0 * root))

            DoubleDouble.OfFloat root |> step |> step

    static member Sum(terms: DoubleDouble[]) : DoubleDouble =
        let mutable total = DoubleDouble.OfFloat 0.0

        for term in terms do
            total <- total + term

        total

    static member Clip(low: DoubleDouble, high: DoubleDouble, x: DoubleDouble) : DoubleDouble =
        if x.Hi < low.Hi || (x.Hi = low.Hi && x.Lo < low.Lo) then
            low
        elif x.Hi > high.Hi || (x.Hi = high.Hi && x.Lo > high.Lo) then
            high
        else
            x

    static member Either(first: DoubleDouble, _second: DoubleDouble) = first
    static member Forming(_probe: DoubleDouble, x: DoubleDouble) = x
    static member StopGradient(x: DoubleDouble) = x
    static member StoredStatistic(x: DoubleDouble) = x
    static member CastToStorage(x: DoubleDouble) = x
    static member IsZero(x: DoubleDouble) = (x.Hi = 0.0)

    override x.Equals(other: obj) =
        match other with
        | :? DoubleDouble as y -> x.Hi = y.Hi && x.Lo = y.Lo
        | _ -> false

    override x.GetHashCode() = HashCode.Combine(x.Hi, x.Lo)
    override x.ToString() = $"{x.Hi:R} + {x.Lo:R}"
