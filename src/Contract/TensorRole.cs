namespace NormCheck.Contract;

/// <summary>The tensors of <c>nc_tensors</c>, in the order of the header.</summary>
public enum TensorRole
{
    X,
    Y,
    Dy,
    Dx,
    Gamma,
    Beta,
    DGamma,
    DBeta,

    /// <summary>Batch norm and renorm: read and updated in training, read in inference.</summary>
    RunningMean,

    /// <summary>Batch norm only.</summary>
    RunningVar,

    /// <summary>Renorm only: the standard deviation, as in the paper.</summary>
    RunningStd,

    /// <summary>μ of every group: written by a training forward, read by a backward where present.</summary>
    SavedMean,

    /// <summary>1/√(v+ε) of every group: written by a training forward, read by a backward where present.</summary>
    SavedInvStd,
}

public static class TensorRoles
{
    private static readonly string[] s_names =
    [
        "x",
        "y",
        "dy",
        "dx",
        "gamma",
        "beta",
        "dgamma",
        "dbeta",
        "running_mean",
        "running_var",
        "running_std",
        "saved_mean",
        "saved_inv_std",
    ];

    public static IReadOnlyList<TensorRole> All { get; } = Enum.GetValues<TensorRole>();

    /// <summary>The field name of the header and the tensor name on the wire.</summary>
    public static string Name(this TensorRole role) => s_names[(int)role];

    public static TensorRole? Parse(string name)
    {
        var index = Array.IndexOf(s_names, name);
        return index < 0 ? null : (TensorRole)index;
    }
}
