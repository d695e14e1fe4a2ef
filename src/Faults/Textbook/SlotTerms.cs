using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// The terms of dγ and dβ, gathered slot by slot until all groups have been seen: a slot's elements lie in many groups,
/// and the recipe is to see its sum as one.
/// </summary>
internal sealed class SlotTerms<T>(GroupMap map)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _each = map.Groups * map.GroupSize / map.SlotCount;
    private readonly T[] _dy = new T[map.Groups * map.GroupSize];
    private readonly T[] _corrected = new T[map.Groups * map.GroupSize];
    private readonly int[] _filled = new int[map.SlotCount];

    public void Add(int slot, T dy, T corrected)
    {
        var at = (slot * _each) + _filled[slot]++;
        _dy[at] = dy;
        _corrected[at] = corrected;
    }

    /// <summary>Sums and overwrites what the problem asks for.</summary>
    public void Store(Recipe<T> recipe, NormProblem problem, TensorSet tensors)
    {
        var sums = new T[_filled.Length];
        if (problem.Affine.HasFlag(AffineParts.Scale))
        {
            for (var slot = 0; slot < sums.Length; slot++)
            {
                sums[slot] = recipe.ScaleGradient(Of(_dy, slot), Of(_corrected, slot));
            }

            TensorRows<T>.WriteAll(tensors.Require(TensorRole.DGamma), sums);
        }

        if (problem.Affine.HasFlag(AffineParts.Shift))
        {
            for (var slot = 0; slot < sums.Length; slot++)
            {
                sums[slot] = recipe.ShiftGradient(Of(_dy, slot));
            }

            TensorRows<T>.WriteAll(tensors.Require(TensorRole.DBeta), sums);
        }
    }

    private ReadOnlySpan<T> Of(T[] terms, int slot) => terms.AsSpan(slot * _each, _each);
}
