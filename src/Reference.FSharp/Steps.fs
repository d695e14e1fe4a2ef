namespace NormCheck.Reference

open NormCheck.Contract

/// One training step of one channel in a reading: γ = 1, β = 0, what is kept after it, renorm's corrections.
[<NoEquality; NoComparison>]
type StepOf<'R> = {
    Normalized: 'R[]
    KeptMean: 'R
    KeptVariance: 'R
    Correction: Correction<'R>
}

/// Several training steps of one channel under a convention: running statistics and renorms as they evolve. Numbers of
/// the problem enter as `lift.Parameter`, elements of x as `lift.Input`.
[<RequireQualifiedAccess>]
module Steps =

    let inline private statistics (lift: Lift< ^R >) (convention: Convention) (epsilon: float) (batch: float[]) =
        let rule = {
            Centred = true
            Divisor = convention.NormalizingDivisor
            Algorithm = convention.Algorithm
            Placement = convention.ForwardEpsilon.Placement
            Degenerate = convention.Degenerate
        }

        let x = batch |> Array.map lift.Input
        rule, x, Moments.ofGroup rule (lift.Parameter(convention.ForwardEpsilon.Effective epsilon)) x

    /// What is kept of a statistic after steps with these fresh values.
    let inline private kept (kind: RunningKind) (momentum: ^R) (initial: ^R) (seen: ^R[]) : ^R =
        match kind with
        | RunningKind.Cumulative ->
            seen
            |> Array.indexed
            |> Array.fold (fun run (k, value) -> RunningStatistics.cumulative (k + 1) run value) initial
        | RunningKind.Debiased -> RunningStatistics.debiased momentum seen
        | RunningKind.WeightedSums -> RunningStatistics.weightedSums (constant 1.0 - momentum) seen
        | RunningKind.Population -> RunningStatistics.population seen
        | _ -> seen |> Array.fold (RunningStatistics.exponential momentum) initial

    /// Batch norm from initial running statistics.
    let inline batchNorm
        (lift: Lift< ^R >)
        (convention: Convention)
        (epsilon: float)
        (momentum: float)
        (initialMean: float)
        (initialVariance: float)
        (batches: float[][])
        : StepOf< ^R >[] =
        let taken = batches |> Array.map (statistics lift convention epsilon)
        let means = taken |> Array.map (fun (_, _, moments) -> moments.Mean)
        let eps = lift.Parameter(convention.ForwardEpsilon.Effective epsilon)

        let variances =
            taken
            |> Array.map (fun (_, _, moments) -> RunningStatistics.stored convention eps moments)

        let after step (initial: float) (values: ^R[]) : ^R =
            kept convention.Running (lift.Parameter momentum) (lift.Parameter initial) (Array.take step values)

        taken
        |> Array.mapi (fun k (rule, x, moments) -> {
            Normalized = x |> Array.map (Moments.normalize rule moments)
            KeptMean = after (k + 1) initialMean means
            KeptVariance = after (k + 1) initialVariance variances
            Correction = { R = constant 1.0; D = constant 0.0 }
        })

    /// Batch renorm without clipping, by the convention's rule, from running statistics. The kept variance is what
    /// inference puts under the root (for the paper, which adds no ε there, the square of the averaged standard deviation).
    let inline batchRenorm
        (lift: Lift< ^R >)
        (convention: Convention)
        (epsilon: float)
        (renormMomentum: float)
        (momentum: float)
        (initialMean: float)
        (initialVariance: float)
        (batches: float[][])
        : StepOf< ^R >[] =
        let eps = lift.Parameter epsilon

        let step rule x moments (correction: Correction< ^R >) mean variance = {
            Normalized =
                x
                |> Array.map (fun x -> Moments.normalize rule moments x * correction.R + correction.D)
            KeptMean = mean
            KeptVariance = variance
            Correction = correction
        }

        let scan initial advance =
            batches
            |> Array.map (statistics lift convention epsilon)
            |> Array.mapFold
                (fun state (rule, x, moments) ->
                    let correction, next, mean, variance = advance state moments
                    step rule x moments correction mean variance, next)
                initial
            |> fst

        let mean = lift.Parameter initialMean
        let variance = lift.Parameter initialVariance

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
                        RenormGenerations.second
                            eps
                            (lift.Parameter renormMomentum)
                            (lift.Parameter momentum)
                            state
                            batch

                    correction, next, next.MovingMean, next.MovingVariance)
        | RenormRule.FirstGeneration ->
            let zero = constant 0.0

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
                        RenormGenerations.first
                            eps
                            (lift.Parameter renormMomentum)
                            (lift.Parameter momentum)
                            state
                            batch

                    correction, next, next.MovingMean1, next.MovingVariance1)
        | RenormRule.Chainer ->
            scan (mean, variance) (fun (mean, variance) batch ->
                let correction, nextMean, nextVariance =
                    RenormGenerations.chainer convention eps None None (lift.Parameter momentum) mean variance batch

                correction, (nextMean, nextVariance), nextMean, nextVariance)
        | _ ->
            scan (mean, sqrt variance) (fun (mean, std) batch ->
                let correction = BatchRenorm.correction None None mean std batch
                let weight = lift.Parameter momentum
                let nextMean = RunningStatistics.exponential weight mean batch.Mean
                let nextStd = RunningStatistics.exponential weight std batch.Std
                correction, (nextMean, nextStd), nextMean, square nextStd)
