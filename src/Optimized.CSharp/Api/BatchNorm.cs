using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;

namespace NormCheck.Optimized;

/// <summary>
/// Batch normalization: μ and v of a channel over all m = N·S of its elements, γ and β by channel.
/// PyTorch: <c>batch_norm</c>; Keras: <c>BatchNormalization</c>.
/// </summary>
/// <remarks>
/// Accuracy is that of <see cref="Tier"/>; bits do not depend on threads or processor. NaN and ∞ in x make their own channel NaN
/// and no other, in inference only themselves not finite. A call allocates nothing once its thread has made one of the same shape and settings.
/// </remarks>
public static partial class BatchNorm
{
    /// <summary>
    /// y = (x − μ)/√(v + ε)·γ + β with μ = Σx/m, v = Σ(x − μ)²/m; then the running statistics take in μ and the variance.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements in the order of the layout.</param>
    /// <param name="y">As x. May be x; otherwise the two may not overlap.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="beta">C terms; empty: 0.</param>
    /// <param name="runningMean">running ← (1 − momentum)·running + momentum·μ; both of the running statistics or neither.</param>
    /// <param name="runningVar">The same with the variance, whose divisor <paramref name="unbiased"/> chooses.</param>
    /// <param name="savedMean">Takes μ of every channel, for the backward; both of the saved statistics or neither.</param>
    /// <param name="savedInvStd">Takes 1/√(v + ε) of every channel.</param>
    /// <param name="epsilon">ε ≥ 0. A constant channel gives β; with ε = 0 it gives NaN.</param>
    /// <param name="momentum">Weight of the new value, 0 to 1, as in PyTorch; Keras and TensorFlow name the other share.</param>
    /// <param name="unbiased">What goes into runningVar has divisor max(m − 1, 1), as in PyTorch; false: m, as in Keras.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void ForwardTraining<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        ChannelShape shape,
        ReadOnlySpan<float> gamma = default,
        ReadOnlySpan<float> beta = default,
        Span<float> runningMean = default,
        Span<float> runningVar = default,
        Span<float> savedMean = default,
        Span<float> savedInvStd = default,
        double epsilon = 1e-5,
        double momentum = 0.1,
        bool unbiased = true,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.ForwardTraining, shape, epsilon, tier, threads) with
            {
                Momentum = momentum,
                StoresPopulation = !unbiased,
            },
            new Tensors<T, float>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                Beta = beta,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <inheritdoc cref="ForwardTraining{T}"/>
    [OverloadResolutionPriority(1)]
    public static void ForwardTraining(
        ReadOnlySpan<double> x,
        Span<double> y,
        ChannelShape shape,
        ReadOnlySpan<double> gamma = default,
        ReadOnlySpan<double> beta = default,
        Span<double> runningMean = default,
        Span<double> runningVar = default,
        Span<double> savedMean = default,
        Span<double> savedInvStd = default,
        double epsilon = 1e-5,
        double momentum = 0.1,
        bool unbiased = true,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.ForwardTraining, shape, epsilon, tier, threads) with
            {
                Momentum = momentum,
                StoresPopulation = !unbiased,
            },
            new Tensors<double, double>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                Beta = beta,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <summary>
    /// dx = (g − Σg/m − x̂·Σ(g·x̂)/m)/√(v + ε) with g = γ·dy and x̂ = (x − μ)/√(v + ε); dγ = Σ dy·x̂, dβ = Σ dy.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements, what the forward normalized.</param>
    /// <param name="dx">As x. May be dy.</param>
    /// <param name="dGamma">Overwritten; empty: not wanted.</param>
    /// <param name="dBeta">Overwritten; empty: not wanted.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="savedMean">What the forward saved; both of the saved statistics or neither. Faithful uses them to look at x once, not for their value.</param>
    /// <param name="savedInvStd">As <paramref name="savedMean"/>.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void BackwardTraining<T>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dx,
        ChannelShape shape,
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
            Call.Of(NormOp.BatchNorm, NormPass.BackwardTraining, shape, epsilon, tier, threads),
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

    /// <inheritdoc cref="BackwardTraining{T}"/>
    [OverloadResolutionPriority(1)]
    public static void BackwardTraining(
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> dy,
        Span<double> dx,
        ChannelShape shape,
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
            Call.Of(NormOp.BatchNorm, NormPass.BackwardTraining, shape, epsilon, tier, threads),
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
