namespace NormCheck.Contract;

/// <summary>The tensors of one call, by role; an absent tensor is null.</summary>
public sealed class TensorSet
{
    private readonly Tensor?[] _tensors = new Tensor?[TensorRoles.All.Count];

    public Tensor? this[TensorRole role]
    {
        get => _tensors[(int)role];
        set => _tensors[(int)role] = value;
    }

    /// <summary>The tensor of that role.</summary>
    /// <exception cref="InvalidOperationException">The set does not have it.</exception>
    public Tensor Require(TensorRole role) =>
        this[role]
        ?? throw new InvalidOperationException($"expected tensor {role.Name()}, none was given");

    /// <summary>The roles that are present, in the order of the header.</summary>
    public IEnumerable<TensorRole> Roles => TensorRoles.All.Where(role => this[role] is not null);

    /// <summary>A set with copies of all tensors.</summary>
    public TensorSet Clone()
    {
        var copy = new TensorSet();
        foreach (var role in Roles)
        {
            copy[role] = this[role]!.Clone();
        }

        return copy;
    }
}
