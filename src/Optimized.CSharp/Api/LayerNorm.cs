using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;

namespace NormCheck.Optimized;

/// <summary>
/// Layer normalization of rows: μ = Σx/m, v = Σ(x − μ)²/m over a row of m elements, a γ and a β for every position.
/// PyTorch: <c>layer_norm</c>; Keras: <c>LayerNormalization</c>.
/// </summary>
/// <remarks>
/// Accuracy is that of <see cref="Tier"/>; bits do not depend on threads or processor. NaN and ∞ in x make their own row NaN
/// and no other. A call allocates nothing once its thread has made one of the same shape and settings.
/// </remarks>
public static class LayerNorm
{
    /// <summary>
    /// y = (x − μ)/√(v + ε)·γ + β.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">rows × length, a row after the other.</param>
    /// <param name="y">As x. May be x; otherwise the two may not overlap.</param>
    /// <param name="gamma">length factors; empty: 1.</param>
    /// <param name="beta">length terms; empty: 0.</param>
    /// <param name="savedMean">Takes μ of every row, for the backward; both of the saved statistics or neither.</param>
    /// <param name="savedInvStd">Takes 1/√(v + ε) of every row.</param>
    /// <param name="epsilon">ε ≥ 0. A constant row gives β; with ε = 0 it gives NaN.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void Forward<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        int rows,
        int length,
        ReadOnlySpan<float> gamma = default,
        ReadOnlySpan<float> beta = default,
        Span<float> savedMean = default,
        Span<float> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(
                NormOp.LayerNorm,
                NormPass.ForwardTraining,
                rows,
                length,
                epsilon,
                tier,
                threads
            ),
            new Tensors<T, float>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                Beta = beta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <inheritdoc cref="Forward{T}"/>
    [OverloadResolutionPriority(1)]
    public static void Forward(
        ReadOnlySpan<double> x,
        Span<double> y,
        int rows,
        int length,
        ReadOnlySpan<double> gamma = default,
        ReadOnlySpan<double> beta = default,
        Span<double> savedMean = default,
        Span<double> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(
                NormOp.LayerNorm,
                NormPass.ForwardTraining,
                rows,
                length,
                epsilon,
                tier,
                threads
            ),
            new Tensors<double, double>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                Beta = beta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <summary>
    /// dx = (g − Σg/m − x̂·Σ(g·x̂)/m)/√(v + ε) with g = γ·dy and x̂ = (x − μ)/√(v + ε); dγ = Σ dy·x̂ and dβ = Σ dy over the rows.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">rows × length, what the forward normalized.</param>
    /// <param name="dx">As x. May be dy.</param>
    /// <param name="dGamma">Overwritten; empty: not wanted.</param>
    /// <param name="dBeta">Overwritten; empty: not wanted.</param>
    /// <param name="gamma">length factors; empty: 1.</param>
    /// <param name="savedMean">What the forward saved; both of the saved statistics or neither. Faithful uses them to look at x once, not for their value.</param>
    /// <param name="savedInvStd">As <paramref name="savedMean"/>.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void Backward<T>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dx,
        int rows,
        int length,
        ReadOnlySpan<float> gamma = default,
        Span<float> dGamma = default,
        Span<float> dBeta = default,
        ReadOnlySpan<float> savedMean = default,
        ReadOnlySpan<float> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(
                NormOp.LayerNorm,
                NormPass.BackwardTraining,
                rows,
                length,
                epsilon,
                tier,
                threads
            ),
            new Tensors<T, float>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <inheritdoc cref="Backward{T}"/>
    [OverloadResolutionPriority(1)]
    public static void Backward(
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> dy,
        Span<double> dx,
        int rows,
        int length,
        ReadOnlySpan<double> gamma = default,
        Span<double> dGamma = default,
        Span<double> dBeta = default,
        ReadOnlySpan<double> savedMean = default,
        ReadOnlySpan<double> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(
                NormOp.LayerNorm,
                NormPass.BackwardTraining,
                rows,
                length,
                epsilon,
                tier,
                threads
            ),
            new Tensors<double, double>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );
}
