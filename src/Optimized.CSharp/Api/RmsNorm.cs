using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;

namespace NormCheck.Optimized;

/// <summary>
/// RMS normalization of rows: the root of the mean square instead of mean and deviation, a γ for every position.
/// PyTorch: <c>rms_norm</c>; Keras: <c>RMSNormalization</c>.
/// </summary>
/// <remarks>
/// Accuracy is that of <see cref="Tier"/>; bits do not depend on threads or processor. NaN in x makes its own row
/// NaN, ∞ makes it 0 and itself NaN; no other row changes. A call allocates nothing once its thread has made one of the same shape and settings.
/// </remarks>
public static class RmsNorm
{
    /// <summary>
    /// y = x/√(Σx²/m + ε)·γ.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">rows × length, a row after the other.</param>
    /// <param name="y">As x. May be x; otherwise the two may not overlap.</param>
    /// <param name="gamma">length factors; empty: 1.</param>
    /// <param name="savedInvStd">Takes 1/√(Σx²/m + ε) of every row, for the backward; empty: not wanted.</param>
    /// <param name="epsilon">ε ≥ 0. A row of zeros gives 0; with ε = 0 it gives NaN.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void Forward<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        int rows,
        int length,
        ReadOnlySpan<float> gamma = default,
        Span<float> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(NormOp.RmsNorm, NormPass.ForwardTraining, rows, length, epsilon, tier, threads),
            new Tensors<T, float>
            {
                X = x,
                Y = y,
                Gamma = gamma,
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
        Span<double> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(NormOp.RmsNorm, NormPass.ForwardTraining, rows, length, epsilon, tier, threads),
            new Tensors<double, double>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                SavedInvStd = savedInvStd,
            }
        );

    /// <summary>
    /// dx = (g − x̂·Σ(g·x̂)/m)/√(Σx²/m + ε) with g = γ·dy and x̂ = x/√(Σx²/m + ε); dγ = Σ dy·x̂ over the rows.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">rows × length, what the forward normalized.</param>
    /// <param name="dx">As x. May be dy.</param>
    /// <param name="dGamma">Overwritten; empty: not wanted.</param>
    /// <param name="gamma">length factors; empty: 1.</param>
    /// <param name="savedInvStd">What the forward saved, or empty. Faithful does not use its value.</param>
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
        ReadOnlySpan<float> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(
                NormOp.RmsNorm,
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
        ReadOnlySpan<double> savedInvStd = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(
                NormOp.RmsNorm,
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
                SavedInvStd = savedInvStd,
            }
        );
}
