using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;

namespace NormCheck.Optimized.Scalar.Passes;

/// <summary>γ or β: one value a slot. A missing γ is ones, a missing β zeros.</summary>
internal sealed class SlotParameters<T>(GroupLayout layout, Tensor? tensor, T missing)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[]? _values = tensor is null ? null : ParameterTensor.Read<T>(tensor);

    /// <summary>The value of every element of a group of that block.</summary>
    public void Spread(int block, Span<T> row)
    {
        if (_values is null)
        {
            row.Fill(missing);
            return;
        }

        var slots = _values.AsSpan(block * layout.Runs, layout.Runs);
        if (layout.RunLength == 1)
        {
            slots.CopyTo(row);
            return;
        }

        for (var run = 0; run < slots.Length; run++)
        {
            row.Slice(run * layout.RunLength, layout.RunLength).Fill(slots[run]);
        }
    }
}
