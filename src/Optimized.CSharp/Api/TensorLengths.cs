using NormCheck.Contract;

namespace NormCheck.Optimized.Api;

/// <summary>How many elements each tensor of a problem has; 0 where the problem has no such tensor.</summary>
internal sealed class TensorLengths
{
    private readonly int[] _lengths = new int[TensorRoles.All.Count];
    private readonly bool _renorm;

    public TensorLengths(NormProblem problem)
    {
        foreach (var spec in TensorPlan.For(problem))
        {
            _lengths[(int)spec.Role] = (int)spec.Shape.Count;
        }

        _renorm = problem.Op == NormOp.BatchRenorm;
        X = Of(TensorRole.X);
        Y = Of(TensorRole.Y);
        Dx = Of(TensorRole.Dx);
        Gamma = Of(TensorRole.Gamma);
        Beta = Of(TensorRole.Beta);
        DGamma = Of(TensorRole.DGamma);
        DBeta = Of(TensorRole.DBeta);
        Running = Of(TensorRole.RunningMean);
        SavedMean = Of(TensorRole.SavedMean);
        SavedInvStd = Of(TensorRole.SavedInvStd);
    }

    public int X { get; }

    public int Y { get; }

    /// <summary>Of dx and dy.</summary>
    public int Dx { get; }

    public int Gamma { get; }

    public int Beta { get; }

    public int DGamma { get; }

    public int DBeta { get; }

    public int Running { get; }

    public int SavedMean { get; }

    public int SavedInvStd { get; }

    /// <summary>Nothing to say where every tensor has its length. The gradients dgamma and dbeta may be left out.</summary>
    /// <exception cref="InputException">One has not.</exception>
    public void Check<T, TParameter>(in Tensors<T, TParameter> tensors)
        where T : unmanaged
        where TParameter : unmanaged
    {
        if (
            tensors.X.Length != X
            || tensors.Y.Length != Y
            || tensors.Dy.Length != Dx
            || tensors.Dx.Length != Dx
            || tensors.Gamma.Length != Gamma
            || tensors.Beta.Length != Beta
            || (tensors.DGamma.Length != DGamma && !tensors.DGamma.IsEmpty)
            || (tensors.DBeta.Length != DBeta && !tensors.DBeta.IsEmpty)
            || tensors.RunningMean.Length != Running
            || tensors.RunningSpread.Length != Running
            || tensors.SavedMean.Length != SavedMean
            || tensors.SavedInvStd.Length != SavedInvStd
        )
        {
            Explain(tensors);
        }
    }

    private int Of(TensorRole role) => _lengths[(int)role];

    private void Explain<T, TParameter>(in Tensors<T, TParameter> tensors)
        where T : unmanaged
        where TParameter : unmanaged
    {
        Expect("x", X, tensors.X.Length);
        Expect("y", Y, tensors.Y.Length);
        Expect("dy", Dx, tensors.Dy.Length);
        Expect("dx", Dx, tensors.Dx.Length);
        Expect("gamma", Gamma, tensors.Gamma.Length);
        Expect("beta", Beta, tensors.Beta.Length);
        if (!tensors.DGamma.IsEmpty)
        {
            Expect("dGamma", DGamma, tensors.DGamma.Length);
        }

        if (!tensors.DBeta.IsEmpty)
        {
            Expect("dBeta", DBeta, tensors.DBeta.Length);
        }

        Expect("runningMean", Running, tensors.RunningMean.Length);
        Expect(_renorm ? "runningStd" : "runningVar", Running, tensors.RunningSpread.Length);
        Expect("savedMean", SavedMean, tensors.SavedMean.Length);
        Expect("savedInvStd", SavedInvStd, tensors.SavedInvStd.Length);
    }

    private static void Expect(string name, int expected, int got)
    {
        if (got != expected)
        {
            throw new InputException(
                expected == 0
                    ? $"expected no {name}, got one of {got} elements"
                    : $"expected {name} of {expected} elements, got {got}"
            );
        }
    }
}
