using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Rows;

namespace NormCheck.Optimized.Scalar.Passes;

/// <summary>
/// dγ or dβ: a sum over all elements of a slot, in every group that uses it. First over each run, then as a tree over the
/// samples of the block.
/// </summary>
internal sealed class SlotGradient<T>(GroupLayout layout, Tensor tensor)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _totals = new T[layout.Slots];
    private readonly T[] _runs = new T[layout.Runs];
    private readonly RowTree<T> _samples = new(layout.Runs);

    /// <summary>Adds Σ aᵢ over each run of a group.</summary>
    public void Add(ReadOnlySpan<T> a)
    {
        if (layout.RunLength == 1)
        {
            _samples.Add(a);
            return;
        }

        for (var run = 0; run < _runs.Length; run++)
        {
            _runs[run] = ScalarRow<T>.Sum(a.Slice(run * layout.RunLength, layout.RunLength));
        }

        _samples.Add(_runs);
    }

    /// <summary>Adds Σ aᵢ·bᵢ over each run of a group.</summary>
    public void AddProducts(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        if (layout.RunLength == 1)
        {
            ScalarRow<T>.Multiply(a, b, _runs);
            _samples.Add(_runs);
            return;
        }

        for (var run = 0; run < _runs.Length; run++)
        {
            var (first, length) = (run * layout.RunLength, layout.RunLength);
            _runs[run] = ScalarRow<T>.SumOfProducts(a.Slice(first, length), b.Slice(first, length));
        }

        _samples.Add(_runs);
    }

    /// <summary>Takes over the sums of a block whose groups have all been added.</summary>
    public void Close(int block)
    {
        _samples.Total(_totals.AsSpan(block * layout.Runs, layout.Runs));
        _samples.Clear();
    }

    public void Store() => ParameterTensor.Write<T>(tensor, _totals);
}
