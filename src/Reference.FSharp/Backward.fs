namespace NormCheck.Reference

open NormCheck.Contract

/// ∂L/∂x, ∂L/∂γ and ∂L/∂β for dy = ∂L/∂y.
[<NoEquality; NoComparison>]
type Gradients<'R> = { Dx: 'R[]; DGamma: 'R[]; DBeta: 'R[] }

/// The backward page. Throughout, g = γ·dy and sums run over the element's group.
[<RequireQualifiedAccess>]
module Backward =

    /// For every slot Σ term over all elements that share it.
    let inline perSlot (p: Partition) (terms: ^R[]) : ^R[] =
        let members = Array.init p.SlotCount (fun _ -> ResizeArray< ^R>())
        terms |> Array.iteri (fun i term -> members[p.Slot[i]].Add term)
        members |> Array.map (fun terms -> sum (terms.ToArray()))

    /// dx = (g − A − x̂ B)/σ with A = Σg/m and B = Σ(g x̂)/(m − k), k = 1 where the variance divides by m − 1;
    /// no A where the mean is not taken. With ε outside the root, σ = √v + ε:
    /// dx = (g − A)/σ − (x − μ)·Σg(x − μ)/((m − k)·√v·σ²), whose second term is 0 for v = 0. Where the convention takes
    /// 1/√0 as 0, dx is 0.
    let inline group (rule: StatisticsRule) (moments: Moments< ^R >) (g: ^R[]) (x: ^R[]) : ^R[] =
        let m = constant (float x.Length)
        let centred = x |> Array.map (Moments.normalize rule moments)
        let mean = if rule.Centred then sum g / m else constant 0.0
        let products = Array.map2 (fun g xhat -> g * xhat) g centred
        let correlation = sum products / Moments.divisor rule.Divisor x.Length

        match rule.Placement with
        | EpsilonPlacement.OutsideRoot ->
            let root = sqrt moments.Variance

            Array.map2
                (fun g xhat ->
                    let spread =
                        if isZero moments.Variance then
                            constant 0.0
                        else
                            // x̂ is (x − μ)/σ, so (x − μ)·Σg(x − μ)/(√v σ²) = x̂·Σ(g x̂)/√v.
                            xhat * correlation / root

                    (g - mean) / moments.Std - spread)
                g
                centred
        | _ ->
            // Kernels of the form a·g + b·x + c have x̂B/σ as (x − μ)·Σg(x − μ)/((m − k)σ³): the cube leaves the range
            // of the accumulator where nothing else does.
            let deviations = x |> Array.map (fun x -> x - moments.Mean)

            let crossed =
                sum (Array.map2 (fun g d -> g * d) g deviations)
                / Moments.divisor rule.Divisor x.Length

            let inverse = constant 1.0 / moments.Std
            let cube = inverse * inverse * inverse

            let degenerate =
                rule.Degenerate = DegenerateRule.ZeroInverseStd && isZero moments.Std

            Array.map3
                (fun g xhat deviation ->
                    if degenerate then
                        constant 0.0
                    else
                        let spread =
                            either (xhat * correlation / moments.Std) (deviation * (crossed * cube))

                        (g - mean) / moments.Std - spread)
                g
                centred
                deviations

    /// Gradient of Forward.training. dβ = Σdy, dγ = Σ dy·x̂ over all elements of a slot.
    let inline training
        (rule: StatisticsRule)
        (p: Partition)
        (epsilon: ^R)
        (gamma: ^R[])
        (dy: ^R[])
        (x: ^R[])
        : Gradients< ^R > =
        let dx = Array.zeroCreate x.Length
        let normalized = Array.zeroCreate x.Length

        for group' in p.Groups do
            let xs = group' |> Array.map (fun i -> x[i])
            let g = group' |> Array.map (fun i -> gamma[p.Slot[i]] * dy[i])
            let moments = Moments.ofGroup rule epsilon xs

            group rule moments g xs
            |> Array.iteri (fun k value ->
                dx[group'[k]] <- value
                normalized[group'[k]] <- Moments.normalize rule moments xs[k])

        {
            Dx = dx
            DGamma = perSlot p (Array.map2 (fun dy xhat -> dy * xhat) dy normalized)
            DBeta = perSlot p dy
        }

    /// Gradient of Forward.inference: the statistics are constants, dx = g/std, dγ = Σ dy(x − mean)/std, dβ = Σdy.
    let inline inference (p: Partition) (mean: ^R[]) (std: ^R[]) (gamma: ^R[]) (dy: ^R[]) (x: ^R[]) : Gradients< ^R > =
        let dx = Array.zeroCreate x.Length
        let terms = Array.zeroCreate x.Length

        p.Groups
        |> Array.iteri (fun j group ->
            for i in group do
                dx[i] <- gamma[p.Slot[i]] * dy[i] / std[j]
                terms[i] <- dy[i] * ((x[i] - mean[j]) / std[j]))

        {
            Dx = dx
            DGamma = perSlot p terms
            DBeta = perSlot p dy
        }

    /// What darknet's CPU code does in training, which is not the derivative of its forward (design notes, 5.1 and 5.4):
    /// its own ε inside the root, divisor m beside a variance with m − 1; AlexeyAB's fork divides by √v + ε at the end
    /// and never trains β. x̂ in dγ is the forward's.
    let inline darknet
        (alexey: bool)
        (rule: StatisticsRule)
        (p: Partition)
        (forwardEpsilon: ^R)
        (backwardEpsilon: ^R)
        (gamma: ^R[])
        (dy: ^R[])
        (x: ^R[])
        : Gradients< ^R > =
        let dx = Array.zeroCreate x.Length
        let normalized = Array.zeroCreate x.Length

        for group in p.Groups do
            let xs = group |> Array.map (fun i -> x[i])
            let delta = group |> Array.map (fun i -> gamma[p.Slot[i]] * dy[i])
            let moments = Moments.ofGroup rule forwardEpsilon xs
            let m = constant (float xs.Length)
            let v = moments.Variance + backwardEpsilon
            let root = sqrt v
            let deviations = xs |> Array.map (fun x -> x - moments.Mean)
            let meanDelta = -(sum delta) / root

            let varianceDelta =
                -(sum (Array.map2 (fun d c -> d * c) delta deviations))
                / (constant 2.0 * v * root)

            let last =
                if alexey then
                    sqrt moments.Variance + backwardEpsilon
                else
                    root

            group
            |> Array.iteri (fun k i ->
                normalized[i] <- Moments.normalize rule moments x[i]

                dx[i] <-
                    delta[k] / last
                    + varianceDelta * constant 2.0 * deviations[k] / m
                    + meanDelta / m)

        let dBeta = perSlot p dy

        {
            Dx = dx
            DGamma = perSlot p (Array.map2 (fun dy xhat -> dy * xhat) dy normalized)
            DBeta =
                if alexey then
                    dBeta |> Array.map (fun _ -> constant 0.0)
                else
                    dBeta
        }
