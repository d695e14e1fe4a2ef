namespace NormCheck.Reference

open NormCheck.Contract

/// What is kept from step to step. `momentum` is the weight of the NEW value everywhere.
[<RequireQualifiedAccess>]
module RunningStatistics =

    /// run ← (1 − α)·run + α·new; some systems (TensorFlow, Keras) write it as run − α·(run − new), which forgets less well
    /// where one of the two is far larger.
    let inline exponential (momentum: ^R) (running: ^R) (fresh: ^R) : ^R =
        either ((constant 1.0 - momentum) * running + momentum * fresh) (running - (running - fresh) * momentum)

    /// The mean of all batches so far; `step` counts from 1. The first batch erases the initial value.
    let inline cumulative (step: int) (running: ^R) (fresh: ^R) : ^R =
        exponential (constant 1.0 / constant (float step)) running fresh

    /// Haiku: the average of `step` batches kept from 0, divided by the weight it has gathered, 1 − (1 − α)ᵗ.
    let inline debiased (momentum: ^R) (fresh: ^R[]) : ^R =
        let keep = constant 1.0 - momentum

        let hidden, kept =
            fresh
            |> Array.fold
                (fun (hidden, kept) value -> keep * hidden + momentum * value, kept * keep)
                (constant 0.0, constant 1.0)

        hidden / (constant 1.0 - kept)

    /// Caffe: sums decayed by λ over the decayed count: Σλᵏz/Σλᵏ.
    let inline weightedSums (decay: ^R) (fresh: ^R[]) : ^R =
        let total, weight =
            fresh
            |> Array.fold
                (fun (total, weight) value -> decay * total + value, decay * weight + constant 1.0)
                (constant 0.0, constant 0.0)

        total / weight

    /// Algorithm 2 of the paper: the mean over batches of what is stored of each.
    let inline population (fresh: ^R[]) : ^R =
        sum fresh / constant (float fresh.Length)

    /// What is stored of a variance S/m that normalized with divisor m: S/m times the convention's factor.
    /// A variance that normalized with m − 1 is stored as it is by the systems that have it (darknet).
    let inline stored (convention: Convention) (epsilon: ^R) (moments: Moments< ^R >) : ^R =
        let count = float moments.Count

        let variance =
            if convention.StoredIncludesEpsilon then
                moments.Variance + epsilon
            else
                moments.Variance

        if convention.NormalizingDivisor = Divisor.Bessel then
            variance
        else
            match convention.StoredFactor with
            | StoredFactor.Bessel -> variance * (constant count / constant (count - 1.0))
            | StoredFactor.BesselGuarded -> variance * (constant count / constant (max (count - 1.0) 1.0))
            | StoredFactor.Keras2 -> variance * (constant count / (constant (count - 1.0) - epsilon))
            | _ -> variance
