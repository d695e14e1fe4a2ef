namespace NormCheck.Faults.Wrong;

/// <summary>The classes of the fault catalogue, and what a mutation study adds to them.</summary>
public enum FaultClass
{
    /// <summary>Placement, value, type or absence of ε.</summary>
    Epsilon,

    /// <summary>Backward formula: terms or operands missing.</summary>
    Backward,

    /// <summary>Cancellation: one-pass variance, folded bias, inaccurate mean.</summary>
    Cancellation,

    /// <summary>Running statistics and other state.</summary>
    State,

    /// <summary>Strides, contiguity, memory format.</summary>
    Layout,

    /// <summary>Axis, group, broadcasting, indexing.</summary>
    Axis,

    /// <summary>Accumulation in a short type, overflow, order of casts.</summary>
    Accumulation,

    /// <summary>Tails, padding lanes, block sizes.</summary>
    Tail,

    /// <summary>Races, shared scratch memory, nondeterminism.</summary>
    Race,

    /// <summary>Null operands, out of bounds, uninitialized, aliasing.</summary>
    Memory,

    /// <summary>Fusion, folding, rewriting of graphs.</summary>
    Fusion,

    /// <summary>Merging of ranks or chunks.</summary>
    Merging,

    /// <summary>Batch renormalization.</summary>
    Renorm,

    /// <summary>Width of indices and limits of launches.</summary>
    Index,

    /// <summary>Degenerate sizes.</summary>
    Degenerate,

    /// <summary>Approximate reciprocal square roots.</summary>
    Root,

    /// <summary>A mask or a validity rule is ignored.</summary>
    Mask,

    /// <summary>Quantized.</summary>
    Quantized,

    /// <summary>Affine parameters ignored or misplaced.</summary>
    Affine,

    /// <summary>Kernels that do not compute the norm at all, and pass where nobody looks.</summary>
    Cheat,
}
