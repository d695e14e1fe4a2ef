namespace NormCheck.Reference

open NormCheck.Contract

/// The two labellings of a tensor's elements that make up a normalization. Elements are numbered row-major in the order
/// of axes in memory, so the partition does not depend on strides.
type Partition = {
    /// Elements that share one mean and variance: for every group the element numbers, in N×C×spatial order.
    Groups: int[][]
    /// For every element, the γ and β it uses.
    Slot: int[]
    /// Number of slots.
    SlotCount: int
}

[<RequireQualifiedAccess>]
module Partitions =

    /// Groups and slots of a problem.
    /// Batch norm and renorm: group = channel, slot = channel. Instance norm: group = (sample, channel).
    /// Group norm: group = (sample, block of channels), slot = channel (or block).
    /// Layer and RMS norm: group = leading axes, slot = position in the normalized axes.
    [<CompiledName("Of")>]
    let ofProblem (problem: NormProblem) : Partition =
        let shape = problem.Shape
        let count = int shape.Count
        let order = problem.AxisOrder
        let strides = problem.MemoryShape.ContiguousStrides()

        // Number in memory order of the element at a flat position of the N×C×spatial shape.
        let stepOfAxis =
            Array.init shape.Rank (fun axis -> strides[System.Array.IndexOf(order, axis)])

        let logicalStrides = shape.ContiguousStrides()

        let coordinate axis flat =
            int ((int64 flat / logicalStrides[axis]) % int64 shape[axis])

        let element flat =
            let mutable at = 0L

            for axis in 0 .. shape.Rank - 1 do
                at <- at + int64 (coordinate axis flat) * stepOfAxis[axis]

            int at

        let groupOfChannel channel =
            match problem.Convention.GroupOrder with
            | GroupOrder.Interleaved -> channel % problem.Groups
            | _ -> channel / (problem.Channels / problem.Groups)

        let normalized =
            if problem.Op.HasChannels() then
                1
            else
                int problem.ParameterShape.Count

        let group flat =
            match problem.Op with
            | NormOp.BatchNorm
            | NormOp.BatchRenorm -> coordinate 1 flat
            | NormOp.InstanceNorm -> coordinate 0 flat * shape[1] + coordinate 1 flat
            | NormOp.GroupNorm -> coordinate 0 flat * problem.Groups + groupOfChannel (coordinate 1 flat)
            | _ -> flat / normalized

        let slot flat =
            match problem.Op with
            | NormOp.LayerNorm
            | NormOp.RmsNorm -> flat % normalized
            | NormOp.GroupNorm when problem.Convention.AffineShape = AffineShape.PerGroup ->
                groupOfChannel (coordinate 1 flat)
            | _ -> coordinate 1 flat

        let slots = Array.zeroCreate count

        let members =
            Array.init (int problem.StatisticsShape.Count) (fun _ -> ResizeArray())

        for flat in 0 .. count - 1 do
            let number = element flat
            slots[number] <- slot flat
            members[group flat].Add number

        {
            Groups = members |> Array.map _.ToArray()
            Slot = slots
            SlotCount = int problem.ParameterShape.Count
        }
