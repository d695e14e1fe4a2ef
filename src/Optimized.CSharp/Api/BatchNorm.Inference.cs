using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;

namespace NormCheck.Optimized;

/// <content>Inference: the statistics are the running ones.</content>
public static partial class BatchNorm
{
    /// <summary>
    /// y = (x − runningMean)/√(runningVar + ε)·γ + β.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements in the order of the layout.</param>
    /// <param name="y">As x. May be x; otherwise the two may not overlap.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="beta">C terms; empty: 0.</param>
    /// <param name="runningMean">C means.</param>
    /// <param name="runningVar">C variances.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void ForwardInference<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        ChannelShape shape,
        ReadOnlySpan<float> runningMean,
        ReadOnlySpan<float> runningVar,
        ReadOnlySpan<float> gamma = default,
        ReadOnlySpan<float> beta = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.ForwardInference, shape, epsilon, tier, threads),
            new Tensors<T, float>
            {
                X = x,
                Y = y,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                Gamma = gamma,
                Beta = beta,
            }
        );

    /// <inheritdoc cref="ForwardInference{T}"/>
    [OverloadResolutionPriority(1)]
    public static void ForwardInference(
        ReadOnlySpan<double> x,
        Span<double> y,
        ChannelShape shape,
        ReadOnlySpan<double> runningMean,
        ReadOnlySpan<double> runningVar,
        ReadOnlySpan<double> gamma = default,
        ReadOnlySpan<double> beta = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.ForwardInference, shape, epsilon, tier, threads),
            new Tensors<double, double>
            {
                X = x,
                Y = y,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                Gamma = gamma,
                Beta = beta,
            }
        );

    /// <summary>
    /// Gradient with constant statistics: dx = γ·dy/√(runningVar + ε), dγ = Σ dy·x̂, dβ = Σ dy.
    /// </summary>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>; double has an overload.</typeparam>
    /// <param name="x">N·C·S elements, what the forward normalized.</param>
    /// <param name="dx">As x. May be dy.</param>
    /// <param name="dGamma">Overwritten; empty: not wanted.</param>
    /// <param name="dBeta">Overwritten; empty: not wanted.</param>
    /// <param name="gamma">C factors; empty: 1.</param>
    /// <param name="runningMean">C means.</param>
    /// <param name="runningVar">C variances.</param>
    /// <param name="threads">At most that many threads, this one included; 0: one for every processor. Small problems take one.</param>
    /// <exception cref="InputException">A length, the shape or a number makes no sense: one line says what was expected and what came.</exception>
    public static void BackwardInference<T>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dx,
        ChannelShape shape,
        ReadOnlySpan<float> runningMean,
        ReadOnlySpan<float> runningVar,
        ReadOnlySpan<float> gamma = default,
        Span<float> dGamma = default,
        Span<float> dBeta = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    )
        where T : unmanaged =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.BackwardInference, shape, epsilon, tier, threads),
            new Tensors<T, float>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
            }
        );

    /// <inheritdoc cref="BackwardInference{T}"/>
    [OverloadResolutionPriority(1)]
    public static void BackwardInference(
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> dy,
        Span<double> dx,
        ChannelShape shape,
        ReadOnlySpan<double> runningMean,
        ReadOnlySpan<double> runningVar,
        ReadOnlySpan<double> gamma = default,
        Span<double> dGamma = default,
        Span<double> dBeta = default,
        double epsilon = 1e-5,
        Tier tier = Tier.Faithful,
        int threads = 0
    ) =>
        Call.Run(
            Call.Of(NormOp.BatchNorm, NormPass.BackwardInference, shape, epsilon, tier, threads),
            new Tensors<double, double>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                RunningMean = runningMean,
                RunningSpread = runningVar,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
            }
        );
}
