namespace NormCheck.Optimized.Api;

/// <summary>The tensors of one call; empty: absent. What the pass writes came in as a <see cref="Span{T}"/>.</summary>
internal ref struct Tensors<T, TParameter>
    where T : unmanaged
    where TParameter : unmanaged
{
    public ReadOnlySpan<T> X;
    public ReadOnlySpan<T> Y;
    public ReadOnlySpan<T> Dy;
    public ReadOnlySpan<T> Dx;
    public ReadOnlySpan<TParameter> Gamma;
    public ReadOnlySpan<TParameter> Beta;
    public ReadOnlySpan<TParameter> DGamma;
    public ReadOnlySpan<TParameter> DBeta;
    public ReadOnlySpan<TParameter> RunningMean;

    /// <summary>running_var, or running_std of renorm.</summary>
    public ReadOnlySpan<TParameter> RunningSpread;
    public ReadOnlySpan<TParameter> SavedMean;
    public ReadOnlySpan<TParameter> SavedInvStd;
}
