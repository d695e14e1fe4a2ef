namespace NormCheck.Reference

open NormCheck.Contract

/// For every output element the largest term that its last combination adds up, in binary64: γx̂ and β for y; g, A and x̂B
/// over σ for dx; Σ|term| for what is itself a sum. The contract `faithful` allows 2⁻³⁶ of it, because terms may cancel.
[<RequireQualifiedAccess>]
module LargestTerms =

    let private lift: Lift<Binary64> =
        let number (value: float) : Binary64 = { Value = value }
        { Input = number; Parameter = number }

    let private numbers (values: Binary64[]) = values |> Array.map (fun v -> v.Value)

    let private elements (tensors: TensorSet) role = tensors.Require(role).ToDoubles()

    /// |y − β| is |γx̂|; where renorm adds d, |γ x̂ r| and |γ d| are at most |y − β| + |γ d| each.
    let private ofY (problem: NormProblem) (tensors: TensorSet) (p: Partition) (y: float[]) =
        let beta = Page.beta lift tensors p.SlotCount |> numbers
        let gamma = Page.gamma lift problem tensors p.SlotCount |> numbers

        let shift =
            if problem.Op = NormOp.BatchRenorm && problem.Pass = NormPass.ForwardTraining then
                // |d| ≤ min(dmax, |μ_B − μ|/σ), and |μ_B| is at most the largest |x| of the channel.
                let mean = elements tensors TensorRole.RunningMean
                let std = elements tensors TensorRole.RunningStd
                let x = elements tensors TensorRole.X

                p.Groups
                |> Array.mapi (fun j group ->
                    let batch = group |> Array.averageBy (fun i -> x[i])
                    min problem.DMax (abs (batch - mean[j]) / std[j]))
            else
                Array.zeroCreate p.Groups.Length

        let result = Array.zeroCreate y.Length

        p.Groups
        |> Array.iteri (fun j group ->
            for i in group do
                let slot = p.Slot[i]
                let added = abs gamma[slot] * shift[j]
                result[i] <- max (max (abs (y[i] - beta[slot]) + added) added) (abs beta[slot]))

        result

    let private meanMagnitudes (tensors: TensorSet) (p: Partition) =
        let x = elements tensors TensorRole.X
        p.Groups |> Array.map (Array.averageBy (fun i -> abs x[i]))

    let private ofGradients (problem: NormProblem) (tensors: TensorSet) (p: Partition) (dx: float[]) =
        let x = elements tensors TensorRole.X
        let dy = elements tensors TensorRole.Dy
        let gamma = Page.gamma lift problem tensors p.SlotCount |> numbers
        let phase = problem.Convention.BackwardEpsilon
        let rule = Page.rule problem phase
        let epsilon = Page.epsilon lift problem phase
        let largest = Array.zeroCreate dx.Length
        let xhat = Array.zeroCreate dx.Length

        for group in p.Groups do
            let xs = group |> Array.map (fun i -> lift.Input x[i])
            let moments = Moments.ofGroup rule epsilon xs
            let g = group |> Array.map (fun i -> gamma[p.Slot[i]] * dy[i])
            let normalized = xs |> Array.map (Moments.normalize rule moments) |> numbers
            let a = if rule.Centred then Array.average g else 0.0
            let b = Array.map2 (fun g xhat -> g * xhat) g normalized |> Array.average

            group
            |> Array.iteri (fun k i ->
                xhat[i] <- normalized[k]
                largest[i] <- (max (abs g[k]) (max (abs a) (abs (normalized[k] * b)))) / moments.Std.Value)

        let perSlot (terms: float[]) =
            let totals = Array.zeroCreate p.SlotCount

            terms
            |> Array.iteri (fun i term -> totals[p.Slot[i]] <- totals[p.Slot[i]] + abs term)

            totals

        // In inference and renorm the factor before the bracket differs, and dx itself tells by how much.
        let dxTerms = Array.map2 (fun term dx -> max term (abs dx)) largest dx
        let dGamma = perSlot (Array.map2 (fun dy xhat -> dy * xhat) dy xhat)
        dxTerms, dGamma, perSlot dy

    /// By output role, in row-major order of the tensor.
    let read (problem: NormProblem) (tensors: TensorSet) : (TensorRole * float[]) list =
        let p = Partitions.ofProblem problem

        let values =
            Page.read lift problem tensors |> List.map (fun (role, v) -> role, numbers v)

        let find role =
            values |> List.find (fst >> (=) role) |> snd

        if problem.Pass.IsBackward() then
            let dx, dGamma, dBeta = ofGradients problem tensors p (find TensorRole.Dx)

            [
                TensorRole.Dx, dx
                TensorRole.DGamma, Array.map2 (fun term value -> max term (abs value)) dGamma (find TensorRole.DGamma)
                TensorRole.DBeta, dBeta
            ]
        else
            values
            |> List.map (fun (role, values) ->
                match role with
                | TensorRole.Y -> role, ofY problem tensors p values
                | TensorRole.SavedMean -> role, meanMagnitudes tensors p
                | TensorRole.RunningMean ->
                    let old = elements tensors TensorRole.RunningMean
                    role, Array.map2 (fun old fresh -> max (abs old) fresh) old (meanMagnitudes tensors p)
                | _ -> role, values |> Array.map abs)
