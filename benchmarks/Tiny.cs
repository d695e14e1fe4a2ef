using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Benchmarks;

/// <summary>Problems that are over before a call has begun: what the static calls cost beside a prepared one.</summary>
public class Tiny : ProblemBenchmark
{
    private Action _static = null!;

    [Params(
        "ln fwd f32 1x16",
        "ln fwd f32 16x64",
        "ln bwd f32 16x64",
        "bn train f32 nchw 8x16x4x4",
        "bn bwd f32 nchw 8x16x4x4"
    )]
    public string Problem { get; set; } = "";

    protected override string Text => Problem;

    public override void Setup()
    {
        base.Setup();
        _static = (Parsed.Op, Parsed.Pass) switch
        {
            (NormOp.LayerNorm, NormPass.ForwardTraining) => LayerForward,
            (NormOp.LayerNorm, _) => LayerBackward,
            (_, NormPass.ForwardTraining) => BatchForward,
            _ => BatchBackward,
        };
    }

    [Benchmark]
    public void StaticCall() => _static();

    [Benchmark]
    public object ReferencePage() => Reference.Reference.Binary64(Parsed, Tensors);

    private void LayerForward() =>
        LayerNorm.Forward(
            Of(TensorRole.X),
            Of(TensorRole.Y),
            Parsed.Shape[0],
            Parsed.Shape[1],
            Of(TensorRole.Gamma),
            Of(TensorRole.Beta),
            Of(TensorRole.SavedMean),
            Of(TensorRole.SavedInvStd)
        );

    private void LayerBackward() =>
        LayerNorm.Backward<float>(
            Of(TensorRole.X),
            Of(TensorRole.Dy),
            Of(TensorRole.Dx),
            Parsed.Shape[0],
            Parsed.Shape[1],
            Of(TensorRole.Gamma),
            Of(TensorRole.DGamma),
            Of(TensorRole.DBeta),
            Of(TensorRole.SavedMean),
            Of(TensorRole.SavedInvStd)
        );

    private void BatchForward() =>
        BatchNorm.ForwardTraining<float>(
            Of(TensorRole.X),
            Of(TensorRole.Y),
            new(8, 16, 16),
            Of(TensorRole.Gamma),
            Of(TensorRole.Beta),
            Of(TensorRole.RunningMean),
            Of(TensorRole.RunningVar),
            Of(TensorRole.SavedMean),
            Of(TensorRole.SavedInvStd)
        );

    private void BatchBackward() =>
        BatchNorm.BackwardTraining<float>(
            Of(TensorRole.X),
            Of(TensorRole.Dy),
            Of(TensorRole.Dx),
            new(8, 16, 16),
            Of(TensorRole.Gamma),
            Of(TensorRole.DGamma),
            Of(TensorRole.DBeta),
            Of(TensorRole.SavedMean),
            Of(TensorRole.SavedInvStd)
        );

    private Span<float> Of(TensorRole role) =>
        MemoryMarshal.Cast<byte, float>(Tensors.Require(role).Data.Span);
}
