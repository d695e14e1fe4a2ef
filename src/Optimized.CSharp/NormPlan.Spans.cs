using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Api;
using NormCheck.Optimized.Plans;

namespace NormCheck.Optimized;

/// <summary>Calls over spans.</summary>
public sealed unsafe partial class NormPlan
{
    private readonly TensorLengths _lengths;
    private int _busy;
    private bool _disposed;

    /// <summary>
    /// y = x̂·γ + β with x̂ = (x − μ)/√(v + ε) for every group of the problem; training and inference.
    /// </summary>
    /// <remarks>
    /// Lengths are those of <see cref="TensorPlan"/>; tensors that the problem does not have are left out. Data is contiguous in
    /// the problem's layout. In place: y may be x, otherwise no two tensors may overlap. What is not finite stays within its group.
    /// </remarks>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>, as the problem says.</typeparam>
    /// <param name="runningMean">Updated in training, read in inference.</param>
    /// <param name="runningSpread">running_var, or running_std of renorm; as <paramref name="runningMean"/>.</param>
    /// <param name="savedMean">μ of every group, for the backward.</param>
    /// <param name="savedInvStd">1/√(v + ε) of every group, for the backward.</param>
    /// <exception cref="InputException">A tensor is of the wrong type or length, or the problem's pass is a backward.</exception>
    public void Forward<T>(
        ReadOnlySpan<T> x,
        Span<T> y,
        ReadOnlySpan<float> gamma = default,
        ReadOnlySpan<float> beta = default,
        Span<float> runningMean = default,
        Span<float> runningSpread = default,
        Span<float> savedMean = default,
        Span<float> savedInvStd = default
    )
        where T : unmanaged =>
        RunForward(x, y, gamma, beta, runningMean, runningSpread, savedMean, savedInvStd);

    /// <inheritdoc cref="Forward{T}"/>
    [OverloadResolutionPriority(1)]
    public void Forward(
        ReadOnlySpan<double> x,
        Span<double> y,
        ReadOnlySpan<double> gamma = default,
        ReadOnlySpan<double> beta = default,
        Span<double> runningMean = default,
        Span<double> runningSpread = default,
        Span<double> savedMean = default,
        Span<double> savedInvStd = default
    ) => RunForward(x, y, gamma, beta, runningMean, runningSpread, savedMean, savedInvStd);

    /// <summary>
    /// dx = (g − mean(g) − x̂·mean(g·x̂))/√(v + ε) with g = γ·dy over every group, dγ = Σ dy·x̂, dβ = Σ dy; in inference, where
    /// the statistics are constants, dx = g/√(v + ε).
    /// </summary>
    /// <remarks>
    /// As <see cref="Forward{T}"/>. In place: dx may be dy. dγ and dβ are overwritten, and may be left out. With
    /// <see cref="Tier.Faithful"/> saved statistics save time: the ones of x itself are used.
    /// </remarks>
    /// <typeparam name="T">float, Half or <see cref="Contract.Numbers.BFloat16"/>, as the problem says.</typeparam>
    /// <param name="runningMean">For inference; for renorm always: the values from before the forward.</param>
    /// <param name="runningSpread">running_var, or running_std of renorm; as <paramref name="runningMean"/>.</param>
    /// <exception cref="InputException">A tensor is of the wrong type or length, or the problem's pass is a forward.</exception>
    public void Backward<T>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dx,
        ReadOnlySpan<float> gamma = default,
        Span<float> dGamma = default,
        Span<float> dBeta = default,
        ReadOnlySpan<float> runningMean = default,
        ReadOnlySpan<float> runningSpread = default,
        ReadOnlySpan<float> savedMean = default,
        ReadOnlySpan<float> savedInvStd = default
    )
        where T : unmanaged =>
        RunBackward(
            x,
            dy,
            dx,
            gamma,
            dGamma,
            dBeta,
            runningMean,
            runningSpread,
            savedMean,
            savedInvStd
        );

    /// <inheritdoc cref="Backward{T}"/>
    [OverloadResolutionPriority(1)]
    public void Backward(
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> dy,
        Span<double> dx,
        ReadOnlySpan<double> gamma = default,
        Span<double> dGamma = default,
        Span<double> dBeta = default,
        ReadOnlySpan<double> runningMean = default,
        ReadOnlySpan<double> runningSpread = default,
        ReadOnlySpan<double> savedMean = default,
        ReadOnlySpan<double> savedInvStd = default
    ) =>
        RunBackward(
            x,
            dy,
            dx,
            gamma,
            dGamma,
            dBeta,
            runningMean,
            runningSpread,
            savedMean,
            savedInvStd
        );

    private void RunForward<T, TParameter>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> y,
        ReadOnlySpan<TParameter> gamma,
        ReadOnlySpan<TParameter> beta,
        ReadOnlySpan<TParameter> runningMean,
        ReadOnlySpan<TParameter> runningSpread,
        ReadOnlySpan<TParameter> savedMean,
        ReadOnlySpan<TParameter> savedInvStd
    )
        where T : unmanaged
        where TParameter : unmanaged
    {
        Expect<T, TParameter>(isBackward: false);
        Run(
            new Tensors<T, TParameter>
            {
                X = x,
                Y = y,
                Gamma = gamma,
                Beta = beta,
                RunningMean = runningMean,
                RunningSpread = runningSpread,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );
    }

    private void RunBackward<T, TParameter>(
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        ReadOnlySpan<T> dx,
        ReadOnlySpan<TParameter> gamma,
        ReadOnlySpan<TParameter> dGamma,
        ReadOnlySpan<TParameter> dBeta,
        ReadOnlySpan<TParameter> runningMean,
        ReadOnlySpan<TParameter> runningSpread,
        ReadOnlySpan<TParameter> savedMean,
        ReadOnlySpan<TParameter> savedInvStd
    )
        where T : unmanaged
        where TParameter : unmanaged
    {
        Expect<T, TParameter>(isBackward: true);
        Run(
            new Tensors<T, TParameter>
            {
                X = x,
                Dy = dy,
                Dx = dx,
                Gamma = gamma,
                DGamma = dGamma,
                DBeta = dBeta,
                RunningMean = runningMean,
                RunningSpread = runningSpread,
                SavedMean = savedMean,
                SavedInvStd = savedInvStd,
            }
        );
    }

    private void Expect<T, TParameter>(bool isBackward)
        where T : unmanaged
        where TParameter : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Problem.Pass.IsBackward() != isBackward)
        {
            throw new InputException(
                $"expected a plan whose pass is a {(isBackward ? "backward" : "forward")}, got one for '{ProblemText.Print(Problem)}'"
            );
        }

        if (ElementTypes.Of<T, TParameter>() is var dtype && dtype != Problem.DType)
        {
            throw new InputException(
                $"expected data of {Problem.DType.Word()}, got {dtype.Word()}"
            );
        }

        if (Problem.GradientLayout is { } layout && layout != Problem.Layout)
        {
            throw new InputException(
                $"expected a problem whose dy lies as x does, got '{ProblemText.Print(Problem)}'"
            );
        }
    }

    /// <summary>Pins the spans for one run. The element types are the problem's.</summary>
    internal void Run<T, TParameter>(in Tensors<T, TParameter> tensors)
        where T : unmanaged
        where TParameter : unmanaged
    {
        _lengths.Check(tensors);
        fixed (T* x = tensors.X)
        fixed (T* y = tensors.Y)
        fixed (T* dy = tensors.Dy)
        fixed (T* dx = tensors.Dx)
        fixed (TParameter* gamma = tensors.Gamma)
        fixed (TParameter* beta = tensors.Beta)
        fixed (TParameter* dGamma = tensors.DGamma)
        fixed (TParameter* dBeta = tensors.DBeta)
        fixed (TParameter* runningMean = tensors.RunningMean)
        fixed (TParameter* runningSpread = tensors.RunningSpread)
        fixed (TParameter* savedMean = tensors.SavedMean)
        fixed (TParameter* savedInvStd = tensors.SavedInvStd)
        {
            var count = (nint)tensors.X.Length;
            ExpectApart("y", y, "x", x, count, mayBeSame: true);
            ExpectApart("dx", dx, "dy", dy, count, mayBeSame: true);
            ExpectApart("dx", dx, "x", x, count, mayBeSame: false);
            var buffers = new Buffers
            {
                X = (byte*)x,
                Y = (byte*)y,
                Dy = (byte*)dy,
                Dx = (byte*)dx,
                Gamma = (byte*)gamma,
                Beta = (byte*)beta,
                DGamma = (byte*)dGamma,
                DBeta = (byte*)dBeta,
                RunningMean = (byte*)runningMean,
                RunningSpread = (byte*)runningSpread,
                SavedMean = (byte*)savedMean,
                SavedInverseStd = (byte*)savedInvStd,
            };
            RunAlone(buffers);
        }
    }

    private void RunAlone(in Buffers buffers)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException(
                "expected calls of a plan one after the other, got one during another"
            );
        }

        try
        {
            _execution.Run(buffers);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private static void ExpectApart<T>(
        string outputName,
        T* output,
        string inputName,
        T* input,
        nint count,
        bool mayBeSame
    )
        where T : unmanaged
    {
        if (
            output is null
            || input is null
            || output >= input + count
            || input >= output + count
            || (mayBeSame && output == input)
        )
        {
            return;
        }

        throw new InputException(
            $"expected {outputName} {(mayBeSame ? $"to be {inputName} or " : "")}to lie apart from {inputName}, got one that overlaps it"
        );
    }
}
