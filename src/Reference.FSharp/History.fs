namespace NormCheck.Reference

open NormCheck.Contract

/// One training step of one channel: what was normalized and what is kept after it.
type Step = {
    /// γ = 1, β = 0.
    Y: float[]
    /// What inference uses after this step.
    Mean: float
    Variance: float
    /// Renorm's corrections of this step; 1 and 0 for plain batch norm.
    R: float
    D: float
}

/// Several training steps of one channel under a convention, in binary64: running statistics and renorms as they evolve.
[<AbstractClass; Sealed>]
type History =

    static member private Number(value: float) : Binary64 = { Value = value }

    static member private Statistics (convention: Convention) (epsilon: float) (batch: float[]) =
        let rule = {
            Centred = true
            Divisor = convention.NormalizingDivisor
            Algorithm = convention.Algorithm
            Placement = convention.ForwardEpsilon.Placement
            Degenerate = convention.Degenerate
        }

        let x = batch |> Array.map History.Number
        rule, x, Moments.ofGroup rule (History.Number(convention.ForwardEpsilon.Effective epsilon)) x

    /// Batch norm. `momentum` is the weight of the new value; for RunningKind.WeightedSums the decay is 1 − momentum.
    static member BatchNorm(convention: Convention, epsilon: float, momentum: float, batches: float[][]) : Step[] =
        let number = History.Number

        let taken = batches |> Array.map (History.Statistics convention epsilon)

        let fresh =
            taken
            |> Array.map (fun (_, _, moments) ->
                moments.Mean,
                RunningStatistics.stored convention (number (convention.ForwardEpsilon.Effective epsilon)) moments)

        let means = fresh |> Array.map fst
        let variances = fresh |> Array.map snd

        let kept (step: int) (initial: float) (values: Binary64[]) : float =
            let seen = values |> Array.take step

            let folded update =
                seen |> Array.indexed |> Array.fold update (number initial)

            match convention.Running with
            | RunningKind.Cumulative -> folded (fun run (k, value) -> RunningStatistics.cumulative (k + 1) run value)
            | RunningKind.Debiased -> RunningStatistics.debiased (number momentum) seen
            | RunningKind.WeightedSums -> RunningStatistics.weightedSums (number (1.0 - momentum)) seen
            | RunningKind.Population -> RunningStatistics.population seen
            | _ -> folded (fun run (_, value) -> RunningStatistics.exponential (number momentum) run value)
            |> fun result -> result.Value

        taken
        |> Array.mapi (fun k (rule, x, moments) -> {
            Y = x |> Array.map (fun x -> (Moments.normalize rule moments x).Value)
            Mean = kept (k + 1) convention.InitialMean means
            Variance = kept (k + 1) convention.InitialVariance variances
            R = 1.0
            D = 0.0
        })

    /// Batch renorm without clipping, by the convention's rule. Variance is what inference puts under the root (for the
    /// paper, which adds no ε there, the square of the averaged standard deviation).
    static member BatchRenorm
        (convention: Convention, epsilon: float, renormMomentum: float, momentum: float, batches: float[][])
        : Step[] =
        let number = History.Number
        let eps = number epsilon

        let y rule x moments (correction: Correction<Binary64>) =
            x
            |> Array.map (fun x -> (Moments.normalize rule moments x * correction.R + correction.D).Value)

        let step rule x moments (correction: Correction<Binary64>) (mean: Binary64) (variance: Binary64) = {
            Y = y rule x moments correction
            Mean = mean.Value
            Variance = variance.Value
            R = correction.R.Value
            D = correction.D.Value
        }

        let scan initial advance =
            batches
            |> Array.map (History.Statistics convention epsilon)
            |> Array.mapFold
                (fun state (rule, x, moments) ->
                    let correction, next, mean, variance = advance state moments
                    step rule x moments correction mean variance, next)
                initial
            |> fst

        let mean = number convention.InitialMean
        let variance = number convention.InitialVariance

        match convention.Renorm with
        | RenormRule.SecondGeneration ->
            scan
                {
                    RenormMean = mean
                    RenormStd = sqrt variance
                    MovingMean = mean
                    MovingStd = sqrt variance
                    MovingVariance = variance
                }
                (fun state batch ->
                    let correction, next =
                        RenormGenerations.second eps (number renormMomentum) (number momentum) state batch

                    correction, next, next.MovingMean, next.MovingVariance)
        | RenormRule.FirstGeneration ->
            let zero = number 0.0

            scan
                {
                    DebiasedMean = zero
                    DebiasedStd = zero
                    Weight = zero
                    MovingMean1 = mean
                    MovingVariance1 = variance
                }
                (fun state batch ->
                    let correction, next =
                        RenormGenerations.first eps (number renormMomentum) (number momentum) state batch

                    correction, next, next.MovingMean1, next.MovingVariance1)
        | RenormRule.Chainer ->
            scan (mean, variance) (fun (mean, variance) batch ->
                let correction, nextMean, nextVariance =
                    RenormGenerations.chainer convention eps None None (number momentum) mean variance batch

                correction, (nextMean, nextVariance), nextMean, nextVariance)
        | _ ->
            scan (mean, sqrt variance) (fun (mean, std) batch ->
                let correction = BatchRenorm.correction None None mean std batch
                let nextMean = RunningStatistics.exponential (number momentum) mean batch.Mean
                let nextStd = RunningStatistics.exponential (number momentum) std batch.Std
                correction, (nextMean, nextStd), nextMean, square nextStd)
