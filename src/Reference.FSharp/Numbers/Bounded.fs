namespace NormCheck.Reference

open System

/// The truth together with an interval that holds the result of every correct kernel:
/// Value − Below ≤ computed ≤ Value + Above. Each operation carries the interval through exactly (products of errors
/// are kept) and widens it by the rounding that the model allows. An infinite side means: no claim.
/// Deviations are binary64 and grow by relative 2⁻⁵² an operation; <see cref="P:Slack"/> covers that.
[<Struct; NoEquality; NoComparison>]
type Bounded = {
    Value: DoubleDouble
    Below: float
    Above: float
    /// Null for constants, which are exact.
    Model: RoundingModel | null
} with

    /// Covers the rounding of the deviations themselves: 2⁸ operations deep would need 2⁻⁴⁴.
    static member Slack = 1.0 + Math.ScaleB(1.0, -30)

    /// A divisor whose interval comes this near to 0, relative to the divisor, may be 0.
    static member Touching = Math.ScaleB(1.0, -30)

    static member Exact(value: DoubleDouble) : Bounded = {
        Value = value
        Below = 0.0
        Above = 0.0
        Model = null
    }

    static member Constant(value: float) =
        Bounded.Exact(DoubleDouble.OfFloat value)

    /// A tensor element: enters with InputFactor·Unit·|x|, and with the smallest number where that vanishes.
    static member Input (model: RoundingModel) (value: float) : Bounded =
        let error =
            if model.InputFactor > 0.0 && value <> 0.0 then
                model.InputFactor * model.Unit * abs value + model.Smallest
            else
                0.0

        {
            Value = DoubleDouble.OfFloat value
            Below = error
            Above = error
            Model = model
        }

    /// A number of the problem (ε, momentum, a clip bound): may be held rounded to the accumulator type.
    static member Parameter (model: RoundingModel) (value: float) : Bounded =
        let error =
            if model.Holds value then
                0.0
            else
                model.Unit * abs value + model.Smallest

        {
            Value = DoubleDouble.OfFloat value
            Below = (if value > 0.0 then min value error else error)
            Above = error
            Model = model
        }

    member x.Low = x.Value.Hi - x.Below
    member x.High = x.Value.Hi + x.Above
    member x.IsExactZero = x.Value.Hi = 0.0 && x.Below = 0.0 && x.Above = 0.0

    member x.IsExactOne =
        x.Value.Hi = 1.0 && x.Value.Lo = 0.0 && x.Below = 0.0 && x.Above = 0.0

    /// False for NaN, ∞ and where there is no claim: 0 times that is not 0.
    member x.IsKnown =
        Double.IsFinite x.Value.Hi && Double.IsFinite x.Below && Double.IsFinite x.Above

    /// The larger side.
    member x.Error = max x.Below x.Above

    static member private Join(a: Bounded, b: Bounded) =
        if isNull a.Model then b.Model else a.Model

    /// Widens by the rounding of one operation: factor·u of either end, and what underflow may take.
    static member private Rounded
        (model: RoundingModel | null, value: DoubleDouble, below: float, above: float, factor: float, underflows: bool)
        : Bounded =
        match model with
        | null -> {
            Value = value
            Below = below
            Above = above
            Model = null
          }
        | model ->
            let lost = if underflows then model.Smallest else 0.0
            let low = below + factor * model.Unit * abs (value.Hi - below) + lost
            let high = above + factor * model.Unit * abs (value.Hi + above) + lost

            if abs (value.Hi - low) > model.Largest || abs (value.Hi + high) > model.Largest then
                {
                    Value = value
                    Below = infinity
                    Above = infinity
                    Model = model
                }
            else
                {
                    Value = value
                    Below = low
                    Above = high
                    Model = model
                }

    static member (+)(a: Bounded, b: Bounded) : Bounded =
        if a.IsExactZero then
            b
        elif b.IsExactZero then
            a
        else
            Bounded.Rounded(Bounded.Join(a, b), a.Value + b.Value, a.Below + b.Below, a.Above + b.Above, 1.0, false)

    static member (~-)(a: Bounded) : Bounded = {
        Value = -a.Value
        Below = a.Above
        Above = a.Below
        Model = a.Model
    }

    static member (-)(a: Bounded, b: Bounded) : Bounded = a + (-b)

    static member (*)(a: Bounded, b: Bounded) : Bounded =
        if b.IsExactOne then
            a
        elif a.IsExactOne then
            b
        elif a.IsExactZero && b.IsKnown then
            a
        elif b.IsExactZero && a.IsKnown then
            b
        else
            // (A+s)(B+t) − AB = At + sB + st, extreme at the corners of the rectangle of deviations.
            let corner s t = a.Value.Hi * t + s * b.Value.Hi + s * t
            let c1 = corner -a.Below -b.Below
            let c2 = corner -a.Below b.Above
            let c3 = corner a.Above -b.Below
            let c4 = corner a.Above b.Above
            let below = -(min (min c1 c2) (min c3 c4))
            let above = max (max c1 c2) (max c3 c4)
            Bounded.Rounded(Bounded.Join(a, b), a.Value * b.Value, below, above, 1.0, true)

    static member (/)(a: Bounded, b: Bounded) : Bounded =
        let quotient = a.Value / b.Value

        if b.IsExactOne then
            a
        elif not (max b.Low -b.High > abs b.Value.Hi * Bounded.Touching) then
            {
                Value = quotient
                Below = infinity
                Above = infinity
                Model = Bounded.Join(a, b)
            }
        elif a.IsExactZero then
            a
        else
            // (A+s)/(B+t) − A/B = (s − qt)/(B+t), monotone in s and in t as long as B+t keeps its sign.
            let corner s t =
                (s - quotient.Hi * t) / (b.Value.Hi + t)

            let c1 = corner -a.Below -b.Below
            let c2 = corner -a.Below b.Above
            let c3 = corner a.Above -b.Below
            let c4 = corner a.Above b.Above
            let below = -(min (min c1 c2) (min c3 c4))
            let above = max (max c1 c2) (max c3 c4)
            Bounded.Rounded(Bounded.Join(a, b), quotient, below, above, 4.0, true)

    static member Square(a: Bounded) : Bounded =
        if a.IsExactZero then
            a
        else
            // (A+s)² − A² = s(2A+s); a square is never negative, so an interval through 0 ends there.
            let value = a.Value * a.Value
            let corner s = s * (2.0 * a.Value.Hi + s)
            let c1 = corner -a.Below
            let c2 = corner a.Above
            let through = a.Low <= 0.0 && a.High >= 0.0
            let below = if through then value.Hi else -(min (min c1 c2) 0.0)
            let rounded = Bounded.Rounded(a.Model, value, below, max (max c1 c2) 0.0, 1.0, true)

            {
                rounded with
                    Below =
                        (if Double.IsFinite rounded.Below then
                             min rounded.Below value.Hi
                         else
                             rounded.Below)
            }

    static member Sqrt(a: Bounded) : Bounded =
        let root = DoubleDouble.Sqrt a.Value

        if a.IsExactZero then
            a
        elif not (Double.IsFinite a.Above) || not (a.Value.Hi >= 0.0) then
            {
                Value = root
                Below = infinity
                Above = infinity
                Model = a.Model
            }
        else
            // √A − √(A−b) = b/(√A + √(A−b)): no cancellation; a kernel's sum of squares is never negative.
            let low = sqrt (max a.Low 0.0)
            let high = sqrt a.High

            let below =
                if root.Hi + low > 0.0 then
                    min a.Below a.Value.Hi / (root.Hi + low)
                else
                    0.0

            let above =
                if high + root.Hi > 0.0 then
                    a.Above / (high + root.Hi)
                else
                    0.0

            let rounded = Bounded.Rounded(a.Model, root, below, above, 4.0, false)

            {
                rounded with
                    Below =
                        (if Double.IsFinite rounded.Below then
                             min rounded.Below root.Hi
                         else
                             rounded.Below)
            }

    static member Sum(terms: Bounded[]) : Bounded =
        let mutable model: RoundingModel | null = null
        let mutable value = DoubleDouble.OfFloat 0.0
        let mutable below = 0.0
        let mutable above = 0.0
        let mutable low = 0.0
        let mutable high = 0.0

        for term in terms do
            if isNull model then
                model <- term.Model

            value <- value + term.Value
            below <- below + term.Below
            above <- above + term.Above
            low <- low + abs term.Low
            high <- high + abs term.High

        match model with
        | null -> {
            Value = value
            Below = below
            Above = above
            Model = null
          }
        | model ->
            // K − G·u·|K| grows with each term K while G·u < 1, so the ends of the terms give the ends of the sum.
            let factor = model.Growth terms.Length * model.Unit

            let lowError, highError =
                if factor < 1.0 then
                    low, high
                else
                    max low high, max low high

            // A kernel may divide before it adds (Σ(x/m), Welford): each of the Growth(m) steps may then lose the
            // smallest number m times over, once it is scaled back.
            let lost =
                if low > 0.0 || high > 0.0 then
                    model.Growth terms.Length * float terms.Length * model.Smallest
                else
                    0.0

            // In some order the partial sums reach Σ|term|; where that overflows there is no claim.
            let overflow = if max low high > model.Largest then infinity else 0.0

            Bounded.Rounded(
                model,
                value,
                below + factor * lowError + lost + overflow,
                above + factor * highError + lost + overflow,
                0.0,
                false
            )

    static member Clip(low: Bounded, high: Bounded, x: Bounded) : Bounded =
        let model = if isNull x.Model then Bounded.Join(low, high) else x.Model

        if x.High < low.Low then
            low
        elif x.Low > high.High then
            high
        elif x.Low > low.High && x.High < high.Low then
            x
        else
            // Some kernels clip and others do not: a clip never moves further apart than its arguments do.
            {
                Value = DoubleDouble.Clip(low.Value, high.Value, x.Value)
                Below = max x.Below (max low.Below high.Below)
                Above = max x.Above (max low.Above high.Above)
                Model = model
            }

    /// The interval that holds both; a side that is unknown in either is unknown.
    static member Either(first: Bounded, second: Bounded) : Bounded =
        let gap = (second.Value - first.Value).Hi

        let widest (own: float) (other: float) =
            if Double.IsFinite own && Double.IsFinite other then
                max own other
            else
                infinity

        {
            first with
                Below = widest first.Below (second.Below - gap)
                Above = widest first.Above (second.Above + gap)
                Model = Bounded.Join(first, second)
        }

    /// Only contracts that allow any algebraic form (an input factor above 0) allow the probe to be formed.
    static member Forming(probe: Bounded, x: Bounded) : Bounded =
        match x.Model with
        | null -> x
        | model when model.InputFactor > 0.0 && not probe.IsKnown -> {
            x with
                Below = infinity
                Above = infinity
          }
        | _ -> x

    static member StopGradient(x: Bounded) = x

    /// One rounding to the storage type, its underflow included.
    static member private Stored(model: RoundingModel, x: Bounded) : Bounded =
        let lost = model.StorageSmallest
        Bounded.Rounded(model, x.Value, x.Below + lost, x.Above + lost, model.Storage / model.Unit, false)

    static member StoredStatistic(x: Bounded) : Bounded =
        match x.Model with
        | null -> x
        | model when model.StatisticsInStorage -> Bounded.Stored(model, x)
        | _ -> x

    static member CastToStorage(x: Bounded) : Bounded =
        match x.Model with
        | null -> x
        | model -> Bounded.Stored(model, x)

    static member IsZero(x: Bounded) = x.IsExactZero
