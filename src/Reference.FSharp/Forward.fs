namespace NormCheck.Reference

open NormCheck.Contract

/// y and the statistics of every group.
[<NoEquality; NoComparison>]
type Normalized<'R> = { Y: 'R[]; Moments: Moments<'R>[] }

/// The forward page.
[<RequireQualifiedAccess>]
module Forward =

    /// γ x̂ + β of an element's slot.
    let inline affine (cast: CastPoint) (gamma: ^R[]) (beta: ^R[]) (slot: int) (normalized: ^R) : ^R =
        let normalized =
            if cast = CastPoint.BeforeAffine then
                castToStorage normalized
            else
                normalized

        gamma[slot] * normalized + beta[slot]

    /// y = γ(x − μ)/√(v + ε) + β, with μ and v over the element's group, γ and β of its slot.
    let inline training
        (rule: StatisticsRule)
        (cast: CastPoint)
        (p: Partition)
        (epsilon: ^R)
        (gamma: ^R[])
        (beta: ^R[])
        (x: ^R[])
        : Normalized< ^R > =
        let y = Array.zeroCreate x.Length

        let moments =
            p.Groups
            |> Array.map (fun group ->
                let moments = Moments.ofGroup rule epsilon (group |> Array.map (fun i -> x[i]))

                for i in group do
                    y[i] <- affine cast gamma beta p.Slot[i] (Moments.normalize rule moments x[i])

                moments)

        { Y = y; Moments = moments }

    /// y = γ(x − mean)/std + β, with mean and std given for every group.
    let inline inference (p: Partition) (mean: ^R[]) (std: ^R[]) (gamma: ^R[]) (beta: ^R[]) (x: ^R[]) : ^R[] =
        let y = Array.zeroCreate x.Length

        p.Groups
        |> Array.iteri (fun j group ->
            for i in group do
                y[i] <- gamma[p.Slot[i]] * ((x[i] - mean[j]) / std[j]) + beta[p.Slot[i]])

        y
