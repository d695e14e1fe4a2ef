namespace NormCheck.Reference

open System
open System.Numerics

/// Mantissa·2^Exponent with an unlimited exponent and a mantissa rounded (to nearest, ties away) to a fixed number of
/// bits after every operation: the truth about the truth. Has one NaN and no infinities; x/0 is NaN.
[<CustomEquality; NoComparison>]
type BigFloat = private {
    Mantissa: BigInteger
    Exponent: int
    Undefined: bool
} with

    /// Bits of every result. 320 leaves over 2⁻²¹⁰ after the worst cancellation the suite generates.
    static member Bits = 320

    static member NaN = {
        Mantissa = BigInteger.Zero
        Exponent = 0
        Undefined = true
    }

    member x.IsNaN = x.Undefined

    static member private Make (mantissa: BigInteger) (exponent: int) : BigFloat =
        if mantissa.IsZero then
            {
                Mantissa = BigInteger.Zero
                Exponent = 0
                Undefined = false
            }
        else
            let length = int ((BigInteger.Abs mantissa).GetBitLength())
            let excess = length - BigFloat.Bits

            if excess <= 0 then
                {
                    Mantissa = mantissa
                    Exponent = exponent
                    Undefined = false
                }
            else
                let half = BigInteger.One <<< (excess - 1)
                let magnitude = (BigInteger.Abs mantissa + half) >>> excess

                {
                    Mantissa = if mantissa.Sign < 0 then -magnitude else magnitude
                    Exponent = exponent + excess
                    Undefined = false
                }

    /// Exact; NaN for NaN and the infinities.
    static member OfFloat(value: float) : BigFloat =
        if not (Double.IsFinite value) then
            BigFloat.NaN
        else
            let bits = BitConverter.DoubleToInt64Bits value
            let fraction = bits &&& 0xFFFFFFFFFFFFFL
            let biased = int ((bits >>> 52) &&& 0x7FFL)

            let mantissa, exponent =
                if biased = 0 then
                    fraction, -1074
                else
                    (fraction ||| 0x10000000000000L), biased - 1075

            BigFloat.Make (BigInteger(if bits < 0L then -mantissa else mantissa)) exponent

    /// Exact.
    static member OfDoubleDouble(value: DoubleDouble) : BigFloat =
        BigFloat.OfFloat value.Hi + BigFloat.OfFloat value.Lo

    /// The nearest binary64 (±∞ beyond its range, subnormals rounded once).
    member x.ToFloat() : float =
        if x.Undefined then
            nan
        elif x.Mantissa.IsZero then
            0.0
        else
            let magnitude = BigInteger.Abs x.Mantissa
            let top = int (magnitude.GetBitLength()) + x.Exponent // the value lies in [2^(top−1), 2^top)

            let value =
                if top > 1025 then
                    infinity
                elif top < -1076 then
                    0.0
                else
                    // Keep 53 bits, or as many as a subnormal has, and round to nearest, ties to even.
                    let unit = max (top - 53) -1074
                    let shift = unit - x.Exponent

                    let kept =
                        if shift <= 0 then
                            magnitude <<< -shift
                        else
                            let quotient = magnitude >>> shift
                            let rest = magnitude - (quotient <<< shift)
                            let half = BigInteger.One <<< (shift - 1)
                            let up = rest > half || (rest = half && not quotient.IsEven)
                            if up then quotient + BigInteger.One else quotient

                    // Two steps, so that neither factor leaves the range while the product is in it.
                    let first = unit / 2
                    Math.ScaleB(Math.ScaleB(float kept, first), unit - first)

            if x.Mantissa.Sign < 0 then -value else value

    /// The nearest DoubleDouble.
    member x.ToDoubleDouble() : DoubleDouble =
        let high = x.ToFloat()

        if Double.IsFinite high then
            {
                Hi = high
                Lo = (x - BigFloat.OfFloat high).ToFloat()
            }
        else
            DoubleDouble.OfFloat high

    static member Constant(value: float) = BigFloat.OfFloat value

    static member (+)(a: BigFloat, b: BigFloat) : BigFloat =
        if a.Undefined || b.Undefined then
            BigFloat.NaN
        elif a.Mantissa.IsZero then
            b
        elif b.Mantissa.IsZero then
            a
        else
            let large, small = if a.Exponent >= b.Exponent then a, b else b, a
            let shift = large.Exponent - small.Exponent
            let gap = int ((BigInteger.Abs large.Mantissa).GetBitLength()) + shift

            // A term below the last bit kept cannot matter; without this a shift could take gigabytes.
            if gap - int ((BigInteger.Abs small.Mantissa).GetBitLength()) > 2 * BigFloat.Bits then
                large
            else
                BigFloat.Make ((large.Mantissa <<< shift) + small.Mantissa) small.Exponent

    static member (~-)(a: BigFloat) : BigFloat = { a with Mantissa = -a.Mantissa }
    static member (-)(a: BigFloat, b: BigFloat) : BigFloat = a + (-b)

    static member (*)(a: BigFloat, b: BigFloat) : BigFloat =
        if a.Undefined || b.Undefined then
            BigFloat.NaN
        else
            BigFloat.Make (a.Mantissa * b.Mantissa) (a.Exponent + b.Exponent)

    static member (/)(a: BigFloat, b: BigFloat) : BigFloat =
        if a.Undefined || b.Undefined || b.Mantissa.IsZero then
            BigFloat.NaN
        elif a.Mantissa.IsZero then
            a
        else
            let shift =
                BigFloat.Bits + 2 + int ((BigInteger.Abs b.Mantissa).GetBitLength())
                - int ((BigInteger.Abs a.Mantissa).GetBitLength())
                |> max 0

            BigFloat.Make ((a.Mantissa <<< shift) / b.Mantissa) (a.Exponent - shift - b.Exponent)

    /// ⌊√n⌋ by Newton's iteration from above.
    static member private IntegerRoot(n: BigInteger) : BigInteger =
        let rec descend (guess: BigInteger) =
            let next = (guess + n / guess) >>> 1
            if next >= guess then guess else descend next

        if n.IsZero then
            n
        else
            descend (BigInteger.One <<< (int (n.GetBitLength() + 1L) / 2 + 1))

    static member Sqrt(a: BigFloat) : BigFloat =
        if a.Undefined || a.Mantissa.Sign < 0 then
            BigFloat.NaN
        elif a.Mantissa.IsZero then
            a
        else
            let wanted = 2 * BigFloat.Bits + 4 - int (a.Mantissa.GetBitLength()) |> max 0
            let shift = if (a.Exponent - wanted) % 2 = 0 then wanted else wanted + 1
            BigFloat.Make (BigFloat.IntegerRoot(a.Mantissa <<< shift)) ((a.Exponent - shift) / 2)

    static member Square(a: BigFloat) : BigFloat = a * a

    static member Sum(terms: BigFloat[]) : BigFloat =
        terms |> Array.fold (+) (BigFloat.OfFloat 0.0)

    static member Clip(low: BigFloat, high: BigFloat, x: BigFloat) : BigFloat =
        // An infinite clip bound arrives as NaN and does not clip.
        if not low.Undefined && (x - low).Mantissa.Sign < 0 then
            low
        elif not high.Undefined && (x - high).Mantissa.Sign > 0 then
            high
        else
            x

    static member Either(first: BigFloat, _second: BigFloat) = first
    static member Forming(_probe: BigFloat, x: BigFloat) = x
    static member StopGradient(x: BigFloat) = x
    static member StoredStatistic(x: BigFloat) = x
    static member CastToStorage(x: BigFloat) = x
    static member IsZero(x: BigFloat) = not x.Undefined && x.Mantissa.IsZero

    override x.Equals(other: obj) =
        match other with
        | :? BigFloat as y -> x.Undefined = y.Undefined && (x - y).Mantissa.IsZero
        | _ -> false

    override x.GetHashCode() = (x.ToFloat()).GetHashCode()
    override x.ToString() = x.ToString "R"
    member x.ToString(format: string) = x.ToFloat().ToString format
