namespace NormCheck.Reference

open System.Collections.Generic
open NormCheck.Contract

/// How numbers enter a reading: elements of tensors, and numbers of the problem.
[<NoEquality; NoComparison>]
type Lift<'R> = {
    Input: float -> 'R
    Parameter: float -> 'R
}

/// The page applied to a problem: which partition, which rule, which outputs.
[<RequireQualifiedAccess>]
module Page =

    /// The statistics rule of a problem in one of its phases.
    let rule (problem: NormProblem) (epsilon: EpsilonRule) : StatisticsRule = {
        Centred = (problem.Op <> NormOp.RmsNorm)
        Divisor = problem.Convention.NormalizingDivisor
        Algorithm = problem.Convention.Algorithm
        Placement = epsilon.Placement
        // Only batch norm in training has the convention; other ops divide by 0.
        Degenerate =
            if problem.Op = NormOp.BatchNorm && not (problem.Pass.IsInference()) then
                problem.Convention.Degenerate
            else
                DegenerateRule.Natural
    }

    /// ε as the convention uses it in a phase.
    let inline epsilon (lift: Lift< ^R >) (problem: NormProblem) (rule: EpsilonRule) : ^R =
        lift.Parameter(rule.Effective problem.Epsilon)

    let inline private elements (lift: Lift< ^R >) (tensors: TensorSet) (role: TensorRole) : ^R[] =
        tensors.Require(role).ToDoubles() |> Array.map lift.Input

    /// γ of every slot: ones where absent, plus the convention's offset.
    let inline gamma (lift: Lift< ^R >) (problem: NormProblem) (tensors: TensorSet) (slots: int) : ^R[] =
        match tensors[TensorRole.Gamma] with
        | null -> Array.create slots (constant 1.0)
        | tensor ->
            let offset = constant problem.Convention.GammaOffset
            tensor.ToDoubles() |> Array.map (fun value -> lift.Parameter value + offset)

    /// β of every slot: zeros where absent. It enters as x does, since scale–shift forms round β − μa before they add.
    let inline beta (lift: Lift< ^R >) (tensors: TensorSet) (slots: int) : ^R[] =
        match tensors[TensorRole.Beta] with
        | null -> Array.create slots (constant 0.0)
        | tensor -> tensor.ToDoubles() |> Array.map lift.Input

    let inline private state (lift: Lift< ^R >) (tensors: TensorSet) (role: TensorRole) : ^R[] =
        tensors.Require(role).ToDoubles() |> Array.map lift.Parameter

    let inline private saved (problem: NormProblem) (moments: Moments< ^R >[]) : (TensorRole * ^R[]) list =
        let rule = rule problem problem.Convention.ForwardEpsilon
        let mean = TensorRole.SavedMean, moments |> Array.map (fun m -> m.Mean)

        let spread =
            TensorRole.SavedInvStd,
            moments
            |> Array.map (fun m ->
                if problem.Convention.Saved = SavedStatistic.Variance then
                    m.Variance
                elif rule.Degenerate = DegenerateRule.ZeroInverseStd && isZero m.Std then
                    m.Std
                else
                    constant 1.0 / m.Std)

        if problem.Op = NormOp.RmsNorm then
            [ spread ]
        else
            [ mean; spread ]

    let inline private corrections
        (lift: Lift< ^R >)
        (problem: NormProblem)
        (tensors: TensorSet)
        (moments: Moments< ^R >[])
        : Correction< ^R >[] =
        let bound value =
            if System.Double.IsFinite value then
                Some(lift.Parameter value)
            else
                None

        let mean = state lift tensors TensorRole.RunningMean
        let std = state lift tensors TensorRole.RunningStd

        let epsilon = epsilon lift problem problem.Convention.ForwardEpsilon

        moments
        |> Array.mapi (fun j batch ->
            let sigma = BatchRenorm.spread problem.Convention.Renorm epsilon std[j]
            BatchRenorm.correction (bound problem.RMax) (bound problem.DMax) mean[j] sigma batch)

    /// Mean and denominator of every channel in inference: √(running_var + ε), or what renorm makes of running_std.
    let inline private frozen (lift: Lift< ^R >) (problem: NormProblem) (tensors: TensorSet) : ^R[] * ^R[] =
        let mean = state lift tensors TensorRole.RunningMean

        let phase = problem.Convention.InferenceEpsilon
        let epsilon = epsilon lift problem phase

        if problem.Op = NormOp.BatchRenorm then
            mean,
            state lift tensors TensorRole.RunningStd
            |> Array.map (BatchRenorm.spread problem.Convention.Renorm epsilon)
        else
            mean,
            state lift tensors TensorRole.RunningVar
            |> Array.map (Moments.denominator phase.Placement epsilon)

    /// The running statistics after one training step.
    let inline private updated
        (lift: Lift< ^R >)
        (problem: NormProblem)
        (tensors: TensorSet)
        (moments: Moments< ^R >[])
        : (TensorRole * ^R[]) list =
        match tensors[TensorRole.RunningMean] with
        | null -> []
        | _ ->
            let momentum = lift.Parameter problem.Momentum
            let epsilon = epsilon lift problem problem.Convention.ForwardEpsilon

            let step role (fresh: Moments< ^R > -> ^R) =
                role,
                Array.map2
                    (fun running batch -> RunningStatistics.exponential momentum running (fresh batch))
                    (state lift tensors role)
                    moments

            [
                step TensorRole.RunningMean (fun batch -> batch.Mean)
                if problem.Op = NormOp.BatchRenorm then
                    TensorRole.RunningStd,
                    Array.map2
                        (BatchRenorm.keptStd problem.Convention epsilon momentum)
                        (state lift tensors TensorRole.RunningStd)
                        moments
                else
                    step TensorRole.RunningVar (RunningStatistics.stored problem.Convention epsilon)
            ]

    let inline private forward
        (lift: Lift< ^R >)
        (problem: NormProblem)
        (tensors: TensorSet)
        (x: ^R[])
        (gamma: ^R[])
        (beta: ^R[])
        : (TensorRole * ^R[]) list =
        let p = Partitions.ofProblem problem

        if problem.Pass = NormPass.ForwardInference then
            let mean, std = frozen lift problem tensors
            [ TensorRole.Y, Forward.inference p mean std gamma beta x ]
        else
            let phase = problem.Convention.ForwardEpsilon
            let epsilon = epsilon lift problem phase

            let normalized =
                if problem.Op = NormOp.BatchRenorm then
                    BatchRenorm.forward (rule problem phase) p epsilon (corrections lift problem tensors) gamma beta x
                else
                    Forward.training (rule problem phase) problem.Convention.CastPoint p epsilon gamma beta x

            [
                TensorRole.Y, normalized.Y
                yield! saved problem normalized.Moments
                yield! updated lift problem tensors normalized.Moments
            ]

    let inline private backward
        (lift: Lift< ^R >)
        (problem: NormProblem)
        (tensors: TensorSet)
        (x: ^R[])
        (dy: ^R[])
        (gamma: ^R[])
        : (TensorRole * ^R[]) list =
        let p = Partitions.ofProblem problem
        let convention = problem.Convention
        let phase = convention.BackwardEpsilon

        let gradients =
            if problem.Pass = NormPass.BackwardInference then
                let mean, std = frozen lift problem tensors
                Backward.inference p mean std gamma dy x
            elif problem.Op = NormOp.BatchRenorm then
                let epsilon = epsilon lift problem phase
                BatchRenorm.backward (rule problem phase) p epsilon (corrections lift problem tensors) gamma dy x
            elif convention.Backward = BackwardRule.Exact then
                Backward.training (rule problem phase) p (epsilon lift problem phase) gamma dy x
            else
                Backward.darknet
                    (convention.Backward = BackwardRule.DarknetAlexey)
                    (rule problem convention.ForwardEpsilon)
                    p
                    (epsilon lift problem convention.ForwardEpsilon)
                    (epsilon lift problem phase)
                    gamma
                    dy
                    x

        [
            TensorRole.Dx, gradients.Dx
            TensorRole.DGamma, gradients.DGamma
            TensorRole.DBeta, gradients.DBeta
        ]

    /// All outputs of a problem, by role. Saved statistics are computed from x even where the call is given them.
    let inline read (lift: Lift< ^R >) (problem: NormProblem) (tensors: TensorSet) : (TensorRole * ^R[]) list =
        let x = elements lift tensors TensorRole.X
        let slots = int problem.ParameterShape.Count
        let gamma = gamma lift problem tensors slots

        if problem.Pass.IsBackward() then
            backward lift problem tensors x (elements lift tensors TensorRole.Dy) gamma
        else
            forward lift problem tensors x gamma (beta lift tensors slots)

    /// The forward page with x, γ and β already numbers of the reading (for derivatives along any of them).
    let inline forwardOf
        (lift: Lift< ^R >)
        (problem: NormProblem)
        (tensors: TensorSet)
        (x: ^R[])
        (gamma: ^R[])
        (beta: ^R[])
        : ^R[] =
        forward lift problem tensors x gamma beta |> List.head |> snd

    /// The outputs that the problem's plan asks for.
    let wanted (problem: NormProblem) (outputs: (TensorRole * 'R[]) list) : IReadOnlyDictionary<TensorRole, 'R[]> =
        let roles =
            TensorPlan.For problem
            |> Seq.filter (fun spec -> spec.IsOutput)
            |> Seq.map (fun spec -> spec.Role)
            |> HashSet

        let chosen = Dictionary()

        for role, values in outputs do
            if roles.Contains role then
                chosen[role] <- values

        chosen
