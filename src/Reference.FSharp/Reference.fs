namespace NormCheck.Reference

open System.Collections.Generic
open NormCheck.Contract

/// The page read with each number type. Every reading gives, for every output of the problem's plan, the values in
/// row-major order of that tensor's shape.
[<AbstractClass; Sealed>]
type Reference =

    /// Plain binary64: what NaN, infinities and readable examples come from.
    static member Binary64(problem: NormProblem, tensors: TensorSet) : IReadOnlyDictionary<TensorRole, float[]> =
        let lift (value: float) : Binary64 = { Value = value }

        Page.read { Input = lift; Parameter = lift } problem tensors
        |> List.map (fun (role, values) -> role, values |> Array.map (fun v -> v.Value))
        |> Page.wanted problem

    /// About 106 bits.
    static member DoubleDouble
        (problem: NormProblem, tensors: TensorSet)
        : IReadOnlyDictionary<TensorRole, DoubleDouble[]> =
        let lift = DoubleDouble.OfFloat

        Page.read { Input = lift; Parameter = lift } problem tensors
        |> Page.wanted problem

    /// 320 bits and no limit on the exponent.
    static member BigFloat(problem: NormProblem, tensors: TensorSet) : IReadOnlyDictionary<TensorRole, BigFloat[]> =
        let lift = BigFloat.OfFloat

        Page.read { Input = lift; Parameter = lift } problem tensors
        |> Page.wanted problem

    /// The truth and, for every element, the interval that holds the result of every kernel that rounds as the model
    /// says.
    static member Bounded
        (model: RoundingModel, problem: NormProblem, tensors: TensorSet)
        : IReadOnlyDictionary<TensorRole, Bounded[]> =
        Page.read
            {
                Input = Bounded.Input model
                Parameter = Bounded.Parameter model
            }
            problem
            tensors
        |> Page.wanted problem

    /// dγ and dβ of some columns of a layer or RMS norm, as Bounded gives them, without the rest of the backward: what
    /// each element adds, dy·x̂ and dy, and the sums over all rows. Columns are row-major numbers in the parameters' shape.
    static member BoundedColumns
        (model: RoundingModel, problem: NormProblem, tensors: TensorSet, columns: int[])
        : struct (Bounded[] * Bounded[]) =
        let lift = {
            Input = Bounded.Input model
            Parameter = Bounded.Parameter model
        }

        let phase = problem.Convention.BackwardEpsilon
        let rule = Page.rule problem phase
        let epsilon = Page.epsilon lift problem phase
        let length = int problem.ParameterShape.Count
        let rows = int (problem.Shape.Count / int64 length)
        let x = tensors.Require TensorRole.X
        let dy = tensors.Require TensorRole.Dy

        let terms =
            Array.Parallel.init rows (fun row ->
                let at column = int64 row * int64 length + int64 column

                let values =
                    Array.init length (fun column -> Bounded.Input model (x.Read(at column)))

                let moments = Moments.ofGroup rule epsilon values

                columns
                |> Array.map (fun column ->
                    let g = Bounded.Input model (dy.Read(at column))
                    struct (g * Moments.normalize rule moments values[column], g)))

        let total pick =
            Array.init columns.Length (fun k ->
                terms
                |> Array.map (fun (row: struct (Bounded * Bounded)[]) -> pick row[k])
                |> Bounded.Sum)

        let first (struct (product: Bounded, _: Bounded)) = product
        let second (struct (_: Bounded, g: Bounded)) = g
        struct (total first, total second)

    /// For every output element the largest term that its last combination adds up (see LargestTerms).
    static member LargestTerms(problem: NormProblem, tensors: TensorSet) : IReadOnlyDictionary<TensorRole, float[]> =
        LargestTerms.read problem tensors |> Page.wanted problem

    /// dy/dt of y(x + t·dx, γ + t·dγ, β + t·dβ) at t = 0, in about 106 bits. A null direction does not move.
    static member Derivative
        (problem: NormProblem, tensors: TensorSet, dx: float[] | null, dGamma: float[] | null, dBeta: float[] | null)
        : DoubleDouble[] =
        let fixedAt (value: float) : Dual<DoubleDouble> = {
            Primal = DoubleDouble.OfFloat value
            Tangent = DoubleDouble.OfFloat 0.0
        }

        let moving (values: Dual<DoubleDouble>[]) (direction: float[] | null) : Dual<DoubleDouble>[] =
            match direction with
            | null -> values
            | direction ->
                Array.map2
                    (fun (v: Dual<DoubleDouble>) (d: float) -> {
                        v with
                            Tangent = DoubleDouble.OfFloat d
                    })
                    values
                    direction

        let lift = { Input = fixedAt; Parameter = fixedAt }
        let slots = int problem.ParameterShape.Count
        let x = tensors.Require(TensorRole.X).ToDoubles() |> Array.map fixedAt

        Page.forwardOf
            lift
            problem
            tensors
            (moving x dx)
            (moving (Page.gamma lift problem tensors slots) dGamma)
            (moving (Page.beta lift tensors slots) dBeta)
        |> Array.map (fun y -> y.Tangent)
