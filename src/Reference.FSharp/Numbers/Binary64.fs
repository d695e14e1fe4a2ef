namespace NormCheck.Reference

/// IEEE binary64, as every programming language computes: the readable reference.
[<Struct>]
type Binary64 = {
    Value: float
} with

    static member Constant(value: float) = { Value = value }
    static member (+)(a, b) = { Value = a.Value + b.Value }
    static member (-)(a, b) = { Value = a.Value - b.Value }
    static member (*)(a, b) = { Value = a.Value * b.Value }
    static member (/)(a, b) = { Value = a.Value / b.Value }
    static member (~-) a = { Value = -a.Value }
    static member Sqrt a = { Value = sqrt a.Value }
    static member Square a = { Value = a.Value * a.Value }

    static member Sum(terms: Binary64[]) = {
        Value = terms |> Array.sumBy (fun t -> t.Value)
    }

    static member Clip(low, high, x) = {
        Value = min high.Value (max low.Value x.Value)
    }

    static member Either(first: Binary64, _second: Binary64) = first
    static member Forming(_probe: Binary64, x: Binary64) = x
    static member StopGradient(x: Binary64) = x
    static member StoredStatistic(x: Binary64) = x
    static member CastToStorage(x: Binary64) = x
    static member IsZero(x: Binary64) = (x.Value = 0.0)
