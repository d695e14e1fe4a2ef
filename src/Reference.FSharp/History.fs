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

/// The readings of Steps: several training steps of one channel. `momentum` is the weight of the new value; for
/// RunningKind.WeightedSums the decay is 1 − momentum.
[<AbstractClass; Sealed>]
type History =

    static member private Plain: Lift<Binary64> =
        let number (value: float) : Binary64 = { Value = value }
        { Input = number; Parameter = number }

    static member private Read(step: StepOf<Binary64>) : Step = {
        Y = step.Normalized |> Array.map (fun y -> y.Value)
        Mean = step.KeptMean.Value
        Variance = step.KeptVariance.Value
        R = step.Correction.R.Value
        D = step.Correction.D.Value
    }

    static member private Widened(model: RoundingModel) : Lift<Bounded> = {
        Input = Bounded.Input model
        Parameter = Bounded.Parameter model
    }

    /// Batch norm in binary64, from the convention's own initial statistics.
    static member BatchNorm(convention: Convention, epsilon: float, momentum: float, batches: float[][]) : Step[] =
        History.BatchNorm(convention, epsilon, momentum, convention.InitialMean, convention.InitialVariance, batches)

    /// Batch norm in binary64, from given statistics.
    static member BatchNorm
        (
            convention: Convention,
            epsilon: float,
            momentum: float,
            initialMean: float,
            initialVariance: float,
            batches: float[][]
        ) : Step[] =
        Steps.batchNorm History.Plain convention epsilon momentum initialMean initialVariance batches
        |> Array.map History.Read

    /// The same with the interval that holds the result of every kernel that rounds as the model says.
    static member BatchNorm
        (
            model: RoundingModel,
            convention: Convention,
            epsilon: float,
            momentum: float,
            initialMean: float,
            initialVariance: float,
            batches: float[][]
        ) : StepOf<Bounded>[] =
        Steps.batchNorm (History.Widened model) convention epsilon momentum initialMean initialVariance batches

    /// Batch renorm without clipping, in binary64, from the convention's own initial statistics.
    static member BatchRenorm
        (convention: Convention, epsilon: float, renormMomentum: float, momentum: float, batches: float[][])
        : Step[] =
        History.BatchRenorm(
            convention,
            epsilon,
            renormMomentum,
            momentum,
            convention.InitialMean,
            convention.InitialVariance,
            batches
        )

    /// The same from given statistics.
    static member BatchRenorm
        (
            convention: Convention,
            epsilon: float,
            renormMomentum: float,
            momentum: float,
            initialMean: float,
            initialVariance: float,
            batches: float[][]
        ) : Step[] =
        Steps.batchRenorm History.Plain convention epsilon renormMomentum momentum initialMean initialVariance batches
        |> Array.map History.Read

    /// The same with intervals.
    static member BatchRenorm
        (
            model: RoundingModel,
            convention: Convention,
            epsilon: float,
            renormMomentum: float,
            momentum: float,
            initialMean: float,
            initialVariance: float,
            batches: float[][]
        ) : StepOf<Bounded>[] =
        Steps.batchRenorm
            (History.Widened model)
            convention
            epsilon
            renormMomentum
            momentum
            initialMean
            initialVariance
            batches
