using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;

namespace NormCheck.Optimized;

/// <summary>
/// Batch renormalization (Ioffe 2017): batch normalization whose training output is moved to the running statistics by the factors
/// r = clip(σ_B/σ) and d = clip((μ_B − μ)/σ), which are constants to the gradient. μ, σ: running mean and standard deviation; σ_B = √(v_B + ε).
/// Keras 2: <c>BatchNormalization(renorm=True)</c>.
/// </summary>
/// <remarks>
/// Accuracy is that of <see cref="Tier"/>; bits do not depend on threads or processor. NaN and ∞ in x make their own channel NaN
/// and no other, in inference only themselves not finite. A call allocates nothing once its thread has made one of the same shape and settings.
/// </remarks>
public static partial class BatchRenorm
{
    /// <summary>
    /// y = ((x − μ_B)/σ_B·r + d)·γ + β; then running ← (1 − momentum)·running + momentum·new for μ_B and σ_B.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements in the order of the layout.</param>
    /// <param name="y">As x. May be x; otherwise the two may not overlap.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="beta">C terms; empty: 0.</param>
    /// <param name="runningMean">C means, updated.</param>
    /// <param name="runningStd">C standard deviations, not 0, updated.</param>
    /// <param name="savedMean">Takes μ of every channel, for the backward; both of the saved statistics or neither.</param>
    /// <param name="savedInvStd">Takes 1/√(v + ε) of every channel.</param>
    /// <param name="rMax">r is clipped to [1/rMax, rMax]; at least 1.</param>
    /// <param name="dMax">d is clipped to [−dMax, dMax]; at least 0.</param>
    /// <param name="epsilon">ε ≥ 0. A constant channel gives β; with ε = 0 it gives NaN.</param>
    /// <param name="momentum">Weight of the new value, 0 to 1, as in PyTorch; Keras and TensorFlow name the other share.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void ForwardTraining<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        ChannelShape shape,
        Span<float> runningMean,
        Span<float> runningStd,
        ReadOnlySpan<float> gamma = default,
        ReadOnlySpan<float> beta = default,
        Span<float> savedMean = default,
        Span<float> savedInvStd = default,
        double rMax = double.PositiveInfinity,
        double dMax = double.PositiveInfinity,
        double epsilon = 1e-5,
        double momentum = 0.1,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(
                NormOp.BatchRenorm,
                NormPass.ForwardTraining,
                shape,
                epsilon,
                tier,
                threads
            ) with
            {
                Momentum = momentum,
                RMax = rMax,
                DMax = dMax,
            },
            new Tensors<T, float>
            {
                X = x,
                Y = y,
                RunningMean = runningMean,
                RunningSpread = runningStd,
                Gamma = gamma,
                Beta = beta,
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
        Span<double> runningMean,
        Span<double> runningStd,
        ReadOnlySpan<double> gamma = default,
        ReadOnlySpan<double> beta = default,
        Span<double> savedMean = default,
        Span<double> savedInvStd = default,
        double rMax = double.PositiveInfinity,
        double dMax = double.PositiveInfinity,
        double epsilon = 1e-5,
        double momentum = 0.1,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(
                NormOp.BatchRenorm,
                NormPass.ForwardTraining,
                shape,
                epsilon,
                tier,
                threads
            ) with
            {
                Momentum = momentum,
                RMax = rMax,
                DMax = dMax,
            },
            new Tensors<double, double>
            {
                X = x,
                Y = y,
                RunningMean = runningMean,
                RunningSpread = runningStd,
                Gamma = gamma,
                Beta = beta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );

    /// <summary>
    /// dx = r·(g − Σg/m − x̂·Σ(g·x̂)/m)/σ_B with g = γ·dy and x̂ = (x − μ_B)/σ_B; dγ = Σ dy·(x̂·r + d), dβ = Σ dy.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements, what the forward normalized.</param>
    /// <param name="dx">As x. May be dy.</param>
    /// <param name="dGamma">Overwritten; empty: not wanted.</param>
    /// <param name="dBeta">Overwritten; empty: not wanted.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="runningMean">C means from before the forward: r and d are made from them.</param>
    /// <param name="runningStd">C standard deviations from before the forward.</param>
    /// <param name="savedMean">What the forward saved; both of the saved statistics or neither. Faithful uses them to look at x once, not for their value.</param>
    /// <param name="savedInvStd">As <paramref name="savedMean"/>.</param>
    /// <param name="rMax">r is clipped to [1/rMax, rMax]; at least 1.</param>
    /// <param name="dMax">d is clipped to [−dMax, dMax]; at least 0.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void BackwardTraining<T>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dx,
        ChannelShape shape,
        ReadOnlySpan<float> runningMean,
        ReadOnlySpan<float> runningStd,
        ReadOnlySpan<float> gamma = default,
        Span<float> dGamma = default,
        Span<float> dBeta = default,
        ReadOnlySpan<float> savedMean = default,
        ReadOnlySpan<float> savedInvStd = default,
        double rMax = double.PositiveInfinity,
        double dMax = double.PositiveInfinity,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(
                NormOp.BatchRenorm,
                NormPass.BackwardTraining,
                shape,
                epsilon,
                tier,
                threads
            ) with
            {
                RMax = rMax,
                DMax = dMax,
            },
            new Tensors<T, float>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                RunningMean = runningMean,
                RunningSpread = runningStd,
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
        ReadOnlySpan<double> runningMean,
        ReadOnlySpan<double> runningStd,
        ReadOnlySpan<double> gamma = default,
        Span<double> dGamma = default,
        Span<double> dBeta = default,
        ReadOnlySpan<double> savedMean = default,
        ReadOnlySpan<double> savedInvStd = default,
        double rMax = double.PositiveInfinity,
        double dMax = double.PositiveInfinity,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(
                NormOp.BatchRenorm,
                NormPass.BackwardTraining,
                shape,
                epsilon,
                tier,
                threads
            ) with
            {
                RMax = rMax,
                DMax = dMax,
            },
            new Tensors<double, double>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                RunningMean = runningMean,
                RunningSpread = runningStd,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );
}
