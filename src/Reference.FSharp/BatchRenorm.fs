namespace NormCheck.Reference

open NormCheck.Contract

/// r and d of one channel: constants for the gradient.
[<Struct; NoEquality; NoComparison>]
type Correction<'R> = { R: 'R; D: 'R }

/// Batch renormalization (S. Ioffe 2017, arXiv 1702.03275, algorithm 1):
/// y = γ((x − μ_B)/σ_B · r + d) + β with σ_B = √(v + ε).
[<RequireQualifiedAccess>]
module BatchRenorm =

    /// r = clip(σ_B/σ, 1/rmax, rmax), d = clip((μ_B − μ)/σ, −dmax, dmax) from the running values before the update.
    /// None as a bound does not clip.
    let inline correction
        (rMax: ^R option)
        (dMax: ^R option)
        (runningMean: ^R)
        (runningStd: ^R)
        (batch: Moments< ^R >)
        : Correction< ^R > =
        let r = batch.Std / runningStd
        let d = (batch.Mean - runningMean) / runningStd

        {
            R =
                (match rMax with
                 | Some bound -> clip (constant 1.0 / bound) bound r
                 | None -> r)
                |> stopGradient
            D =
                (match dMax with
                 | Some bound -> clip (-bound) bound d
                 | None -> d)
                |> stopGradient
        }

    /// σ, by which r and d compare and inference divides, of a running standard deviation: that itself (paper),
    /// max(std, √ε) (second generation: inference puts relu(std² − ε) + ε under the root, which is the same),
    /// √(std² + ε) (Chainer, whose running variance is std²). The first generation counts steps: see Steps.
    let inline spread (rule: RenormRule) (epsilon: ^R) (runningStd: ^R) : ^R =
        match rule with
        | RenormRule.SecondGeneration -> clip (sqrt epsilon) (constant System.Double.MaxValue) runningStd
        | RenormRule.Chainer -> sqrt (square runningStd + epsilon)
        | _ -> runningStd

    /// The running standard deviation after a step: an average of standard deviations, for Chainer of variances.
    let inline keptStd
        (convention: Convention)
        (epsilon: ^R)
        (momentum: ^R)
        (runningStd: ^R)
        (batch: Moments< ^R >)
        : ^R =
        match convention.Renorm with
        | RenormRule.Chainer ->
            RunningStatistics.stored convention epsilon batch
            |> RunningStatistics.exponential momentum (square runningStd)
            |> sqrt
        | _ -> RunningStatistics.exponential momentum runningStd batch.Std

    /// y = γ(x̂ r + d) + β for every element, given the corrections of every group.
    let inline forward
        (rule: StatisticsRule)
        (p: Partition)
        (epsilon: ^R)
        (corrections: Moments< ^R >[] -> Correction< ^R >[])
        (gamma: ^R[])
        (beta: ^R[])
        (x: ^R[])
        : Normalized< ^R > =
        let moments = Moments.ofGroups rule p epsilon x

        let corrected = corrections moments
        let y = Array.zeroCreate x.Length

        p.Groups
        |> Array.iteri (fun j group ->
            for i in group do
                let xhat = Moments.normalize rule moments[j] x[i]
                y[i] <- gamma[p.Slot[i]] * (xhat * corrected[j].R + corrected[j].D) + beta[p.Slot[i]])

        { Y = y; Moments = moments }

    /// dx = r(g − Σg/m − x̂·Σ(g x̂)/m)/σ_B, dγ = Σdy(x̂ r + d), dβ = Σdy. The correlation uses x̂, not the renormalized x̂.
    let inline backward
        (rule: StatisticsRule)
        (p: Partition)
        (epsilon: ^R)
        (corrections: Moments< ^R >[] -> Correction< ^R >[])
        (gamma: ^R[])
        (dy: ^R[])
        (x: ^R[])
        : Gradients< ^R > =
        let moments = Moments.ofGroups rule p epsilon x

        let corrected = corrections moments
        let dx = Array.zeroCreate x.Length
        let terms = Array.zeroCreate x.Length

        p.Groups
        |> Array.iteri (fun j group ->
            let xs = group |> Array.map (fun i -> x[i])
            let g = group |> Array.map (fun i -> gamma[p.Slot[i]] * dy[i])
            let plain = Backward.group rule moments[j] g xs

            group
            |> Array.iteri (fun k i ->
                let xhat = Moments.normalize rule moments[j] x[i]
                dx[i] <- corrected[j].R * plain[k]
                terms[i] <- dy[i] * (xhat * corrected[j].R + corrected[j].D)))

        {
            Dx = dx
            DGamma = Backward.perSlot p terms
            DBeta = Backward.perSlot p dy
        }

/// The state of one channel under the renorm of TF ≥ 1.14, tf-keras and Keras 3 (second generation).
[<NoEquality; NoComparison>]
type SecondGenerationState<'R> = {
    RenormMean: 'R
    RenormStd: 'R
    MovingMean: 'R
    MovingStd: 'R
    MovingVariance: 'R
}

/// The state of one channel under the renorm of TF 1.x (first generation). All but the moving values start at 0.
[<NoEquality; NoComparison>]
type FirstGenerationState<'R> = {
    DebiasedMean: 'R
    DebiasedStd: 'R
    Weight: 'R
    MovingMean1: 'R
    MovingVariance1: 'R
}

/// The renorms of frameworks, one channel and one training step at a time. `momentum` weights are those of the NEW value.
[<RequireQualifiedAccess>]
module RenormGenerations =

    /// r and d against max(renorm_stddev, √ε), unclipped, and the state after the step; moving_variance = relu(std² − ε).
    let inline second
        (epsilon: ^R)
        (renormMomentum: ^R)
        (momentum: ^R)
        (state: SecondGenerationState< ^R >)
        (batch: Moments< ^R >)
        : Correction< ^R > * SecondGenerationState< ^R > =
        let sigma = BatchRenorm.spread RenormRule.SecondGeneration epsilon state.RenormStd

        let correction = BatchRenorm.correction None None state.RenormMean sigma batch

        let movingStd = RunningStatistics.exponential momentum state.MovingStd batch.Std

        correction,
        {
            RenormMean = RunningStatistics.exponential renormMomentum state.RenormMean batch.Mean
            RenormStd = RunningStatistics.exponential renormMomentum state.RenormStd batch.Std
            MovingMean = RunningStatistics.exponential momentum state.MovingMean batch.Mean
            MovingStd = movingStd
            MovingVariance = clip (constant 0.0) (constant System.Double.MaxValue) (square movingStd - epsilon)
        }

    /// r and d against values debiased "as if initialized with this batch"; the moving values smooth the debiased ones
    /// a second time.
    let inline first
        (epsilon: ^R)
        (renormMomentum: ^R)
        (momentum: ^R)
        (state: FirstGenerationState< ^R >)
        (batch: Moments< ^R >)
        : Correction< ^R > * FirstGenerationState< ^R > =
        let missing = constant 1.0 - state.Weight
        let mean = state.DebiasedMean + missing * batch.Mean
        let std = state.DebiasedStd + missing * batch.Std
        let correction = BatchRenorm.correction None None mean std batch

        let nextMean =
            RunningStatistics.exponential renormMomentum state.DebiasedMean batch.Mean

        let nextStd =
            RunningStatistics.exponential renormMomentum state.DebiasedStd batch.Std

        let weight =
            RunningStatistics.exponential renormMomentum state.Weight (constant 1.0)

        correction,
        {
            DebiasedMean = nextMean
            DebiasedStd = nextStd
            Weight = weight
            MovingMean1 = RunningStatistics.exponential momentum state.MovingMean1 (nextMean / weight)
            MovingVariance1 =
                RunningStatistics.exponential momentum state.MovingVariance1 (square (nextStd / weight) - epsilon)
        }

    /// Chainer stores (v + ε)·m/max(m − 1, 1) and normalizes against √(running_var + ε): ε counts twice.
    let inline chainer
        (convention: Convention)
        (epsilon: ^R)
        (rMax: ^R option)
        (dMax: ^R option)
        (momentum: ^R)
        (runningMean: ^R)
        (runningVariance: ^R)
        (batch: Moments< ^R >)
        : Correction< ^R > * ^R * ^R =
        let nextMean = RunningStatistics.exponential momentum runningMean batch.Mean

        let nextVariance =
            RunningStatistics.exponential momentum runningVariance (RunningStatistics.stored convention epsilon batch)

        let sigma = sqrt (runningVariance + epsilon)
        BatchRenorm.correction rMax dMax runningMean sigma batch, nextMean, nextVariance
