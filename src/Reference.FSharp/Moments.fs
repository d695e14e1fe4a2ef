namespace NormCheck.Reference

open NormCheck.Contract

/// Which statistics a normalization takes of a group.
type StatisticsRule = {
    /// False for RMS norm: the mean is not taken, the "variance" is the mean square.
    Centred: bool
    Divisor: Divisor
    Algorithm: MomentAlgorithm
    Placement: EpsilonPlacement
    Degenerate: DegenerateRule
}

/// μ, v and the denominator of one group.
[<NoEquality; NoComparison>]
type Moments<'R> = {
    Count: int
    Mean: 'R
    /// v with the divisor that normalizes.
    Variance: 'R
    /// √(v + ε), or what the convention makes of v and ε.
    Std: 'R
}

[<RequireQualifiedAccess>]
module Moments =

    /// √(v + ε) inside, √v + ε outside the root.
    let inline denominator (placement: EpsilonPlacement) (epsilon: ^R) (variance: ^R) : ^R =
        match placement with
        | EpsilonPlacement.OutsideRoot -> sqrt variance + epsilon
        | EpsilonPlacement.Absent -> sqrt variance
        | _ -> sqrt (variance + epsilon)

    let inline divisor (rule: Divisor) (count: int) : ^R =
        match rule with
        | Divisor.Bessel -> constant (float (count - 1))
        | _ -> constant (float count)

    /// Σ(x − μ)², or what a one-pass system puts in its place: Σx² − mμ², not below 0.
    let inline squares (rule: StatisticsRule) (mean: ^R) (x: ^R[]) : ^R =
        match rule.Algorithm with
        | MomentAlgorithm.OnePass when rule.Centred ->
            let m = constant (float x.Length)
            let difference = sum (x |> Array.map square) / m - square mean
            m * clip (constant 0.0) (constant System.Double.MaxValue) difference
        | _ -> sum (x |> Array.map (fun x -> square (x - mean)))

    /// μ = Σx/m, v = Σ(x − μ)²/m (or m − 1), over one group of m elements.
    let inline ofGroup (rule: StatisticsRule) (epsilon: ^R) (x: ^R[]) : Moments< ^R > =
        let m = constant (float x.Length)

        let mean =
            if rule.Centred then
                storedStatistic (sum x / m)
            else
                constant 0.0

        // Parallel Welford squares distances between partial means, one of which may be that of nothing, so 0.
        let largest = sum (x |> Array.map square)
        let variance = forming largest (squares rule mean x / divisor rule.Divisor x.Length)

        {
            Count = x.Length
            Mean = mean
            Variance = variance
            Std = storedStatistic (denominator rule.Placement epsilon variance)
        }

    /// The same for every group of a partition.
    let inline ofGroups (rule: StatisticsRule) (p: Partition) (epsilon: ^R) (x: ^R[]) : Moments< ^R >[] =
        p.Groups
        |> Array.map (fun group -> ofGroup rule epsilon (group |> Array.map (fun i -> x[i])))

    /// (x − μ)/σ; 0 where the convention takes 1/√0 as 0.
    let inline normalize (rule: StatisticsRule) (moments: Moments< ^R >) (x: ^R) : ^R =
        if rule.Degenerate = DegenerateRule.ZeroInverseStd && isZero moments.Std then
            constant 0.0
        else
            (x - moments.Mean) / moments.Std
