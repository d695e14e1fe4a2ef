using NormCheck.Contract;
using static NormCheck.Verification.Audit.AuditFills;

namespace NormCheck.Verification.Audit;

/// <summary>
/// Tolerances of other suites with the data they are used on, from their public sources. Models of these suites, not the
/// suites: shapes are reduced where the page would take minutes, and all have the same truth.
/// </summary>
public static class AuditPresets
{
    private static readonly string[] s_liger = ["2x8x64", "4x16x128", "1x1x1023", "3x7x256"];

    private static readonly string[] s_opInfo =
    [
        "bn train {0} 5x5x5 eps=0.6 saved=no running=no",
        "bn train {0} 3x1 saved=no running=no",
        "bn train {0} 3x2x3x4 eps=0.5 saved=no running=no",
        "bn train {0} 2x1 saved=no running=no",
        "bn train {0} 1x2x3 affine=none saved=no running=no",
    ];

    private static readonly string[] s_miopen = ["64x32", "64x14", "64x59", "16x256"];

    private static readonly string[] s_benchdnn =
    [
        "mb2ic32ih32iw1",
        "mb5ic33ih27iw1",
        "mb1ic19id4ih6iw6",
        "mb2ic16id12",
    ];

    public static IReadOnlyList<AuditPreset> All { get; } =
    [
        new()
        {
            Name = "kernelbench",
            Source = "KernelBench HEAD, fp32: allclose with 1e-4; level 1, problem 40",
            Data = "U(0,1), default γ and β, a row of 65536 (of 4.2 million)",
            Problems = [Problem("ln fwd f32 2x16x64x64 axis=1 saved=no")],
            Fill = Default(Uniform(0, 1)),
            Comparison = Same(new AllClose(1e-4, 1e-4)),
            Nominal = (0.5, 1.0 / 12),
            Trials = 5,
        },
        new()
        {
            Name = "kernelbench-v0",
            Source = "KernelBench v0 and v0.1: allclose with 1e-2; level 1, problem 40",
            Data = "U(0,1), default γ and β, a row of 65536 (of 4.2 million)",
            Problems = [Problem("ln fwd f32 2x16x64x64 axis=1 saved=no")],
            Fill = Default(Uniform(0, 1)),
            Comparison = Same(new AllClose(1e-2, 1e-2)),
            Nominal = (0.5, 1.0 / 12),
            Trials = 5,
        },
        new()
        {
            Name = "kernelbench-in",
            Source = "KernelBench v0 and v0.1: allclose with 1e-2; level 1, problem 34",
            Data = "U(0,1), no γ and β, 2 planes of 256x256 (of 1024)",
            Problems = [Problem("in fwd f32 nchw 1x2x256x256 affine=none saved=no")],
            Fill = Default(Uniform(0, 1)),
            Comparison = Same(new AllClose(1e-2, 1e-2)),
            Nominal = (0.5, 1.0 / 12),
            Trials = 5,
        },
        new()
        {
            Name = "onnx",
            Source = "ONNX backend node tests: rtol 1e-3, atol 1e-7, every output",
            Data = "N(0,1) for x, γ and β; the shapes of the layer norm tests",
            Problems =
            [
                .. Axes("ln fwd f32 2x3x4x5", 4, ""),
                .. Axes("ln fwd f32 3x4", 2, ""),
                .. Axes("ln fwd f32 2x3x5", 3, "eps=0.1"),
            ],
            Fill = Of(Normal(), Normal(), Normal()),
            Comparison = Same(new AllClose(1e-3, 1e-7)),
            Trials = 18,
        },
        new()
        {
            Name = "onnxruntime",
            Source = "ONNX Runtime's checker, f32: rtol 1e-4, atol 1e-5",
            Data = "U(-10,10) for x, γ and β, as in the comparison of CUDA with CPU",
            Problems = [Problem("ln fwd f32 4x128 saved=no"), Problem("ln fwd f32 8x20 saved=no")],
            Fill = Of(Uniform(-10, 10), Uniform(-10, 10), Uniform(-10, 10)),
            Comparison = Same(new AllClose(1e-4, 1e-5)),
            Nominal = (0, 100.0 / 3),
        },
        new()
        {
            Name = "pytorch",
            Source = "torch.testing.assert_close, f32: rtol 1.3e-6, atol 1e-5",
            Data = "U(-9,9) for x, γ and β; OpInfo's training samples of batch_norm",
            Problems = [.. s_opInfo.Select(text => Problem(text, "f32"))],
            Fill = Of(Uniform(-9, 9), Uniform(-9, 9), Uniform(-9, 9)),
            Comparison = Same(new AllClose(1.3e-6, 1e-5)),
            Nominal = (0, 27),
        },
        new()
        {
            Name = "pytorch-bf16",
            Source = "torch.testing.assert_close, bf16: rtol 1.6e-2, atol 1e-5",
            Data = "U(-9,9) for x, γ and β; OpInfo's training samples of batch_norm",
            Problems = [.. s_opInfo.Select(text => Problem(text, "bf16"))],
            Fill = Of(Uniform(-9, 9), Uniform(-9, 9), Uniform(-9, 9)),
            Comparison = Same(new AllClose(1.6e-2, 1e-5)),
            Nominal = (0, 27),
        },
        MIOpen("miopen", DType.F32, 1.5e-5),
        MIOpen("miopen-bf16", DType.BF16, 0.656),
        new()
        {
            Name = "miopen-bn-bwd",
            Source = "MIOpen, legacy spatial batch norm: rms_range within 80·numel·eps of the type",
            Data = "±k/100 for every input; the default problem, with saved statistics",
            Problems = [Problem("bn bwd f32 nchw 4x64x28x28")],
            Fill = Of(Hundredths, Hundredths, Hundredths),
            Comparison = (problem, _, _) =>
                new RmsRange(80 * problem.Shape.Count * Math.ScaleB(1, -23)),
            Nominal = (0, 1.0 / 3),
            Trials = 3,
        },
        new()
        {
            Name = "liger",
            Source = "Liger-Kernel, test_layer_norm.py, f32: allclose with 1e-5",
            Data = "N(0,1), default γ and β",
            Problems =
            [
                .. s_liger.Select(shape => Problem($"ln fwd f32 {shape} eps=1e-6 saved=no")),
            ],
            Fill = Default(Normal()),
            Comparison = Same(new AllClose(1e-5, 1e-5)),
        },
        new()
        {
            Name = "cudnn-frontend",
            Source =
                "cudnn-frontend, test_layernorm.py, bf16: assert_close with 0.125, every output",
            Data = "3·N - 0.5, γ = 5·N - 1, β = 7·N - 2; 16 rows (of 2048)",
            Problems =
            [
                Problem("ln fwd bf16 16x768 eps=1e-3"),
                Problem("ln fwd bf16 16x1024 eps=1e-3"),
                Problem("ln fwd bf16 16x1280 eps=1e-3"),
                Problem("ln fwd bf16 16x1600 eps=1e-3"),
            ],
            Fill = Of(Normal(3, -0.5), Normal(5, -1), Normal(7, -2)),
            Comparison = Same(new AllClose(0.125, 0.125)),
            Nominal = (-0.5, 9),
            Trials = 8,
        },
        BenchDnn("benchdnn", "bnorm on CPUs", 6e-7, 0, 0),
        BenchDnn("benchdnn-gpu", "bnorm on other vendors' GPUs", 2e-6, 1e-7, 5e-7),
        new()
        {
            Name = "hipdnn",
            Source = "hipDNN test SDK, layer norm, f32: allclose with 1e-4",
            Data = "U(-1,1) for x, γ and β; 8 rows of 1024",
            Problems = [Problem("ln fwd f32 8x1024 saved=no")],
            Fill = Of(Uniform(-1, 1), Uniform(-1, 1), Uniform(-1, 1)),
            Comparison = Same(new AllClose(1e-4, 1e-4)),
            Nominal = (0, 1.0 / 3),
        },
        new()
        {
            Name = "hipdnn-dynamic",
            Source = "hipDNN test SDK 2026: a tolerance from length and largest γ and β",
            Data = "U(-1,1) for x, γ and β; 8 rows of 1024",
            Problems = [Problem("ln fwd f32 8x1024 saved=no")],
            Fill = Of(Uniform(-1, 1), Uniform(-1, 1), Uniform(-1, 1)),
            Comparison = HipDnn,
            Nominal = (0, 1.0 / 3),
        },
        new()
        {
            Name = "hipdnn-dynamic-offset",
            Source = "hipDNN test SDK 2026: the same tolerance",
            Data = "577 + U(-1,1), so a mean of 1000 σ; γ and β U(-1,1); 8 rows of 1024",
            Problems = [Problem("ln fwd f32 8x1024 saved=no")],
            Fill = Of(Uniform(576, 578), Uniform(-1, 1), Uniform(-1, 1)),
            Comparison = HipDnn,
            Nominal = (577, 1.0 / 3),
        },
        new()
        {
            Name = "llm-c",
            Source = "llm.c, dev/cuda/common.h: fail where |a-e| > 1e-5 + 2^-23·|e|",
            Data = "U(-1,1) for x, γ and β; 32 rows (of 8192) of 768",
            Problems = [Problem("ln fwd f32 32x768")],
            Fill = Of(Uniform(-1, 1), Uniform(-1, 1), Uniform(-1, 1)),
            Comparison = Same(new AllClose(Math.ScaleB(1, -23), 1e-5) { Negated = true }),
            Nominal = (0, 1.0 / 3),
            Trials = 10,
        },
    ];

    /// <exception cref="InputException">No preset has that name.</exception>
    public static AuditPreset Get(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new InputException(
            $"unknown preset '{name}': expected all or one of {string.Join(", ", All.Select(preset => preset.Name))}"
        );

    private static NormProblem Problem(string text, string dtype = "") =>
        ProblemText.Parse(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, text, dtype)
        );

    private static IEnumerable<NormProblem> Axes(string text, int axes, string rest) =>
        Enumerable.Range(0, axes).Select(axis => Problem($"{text} axis={axis} {rest}"));

    /// <summary>Every output by one rule.</summary>
    private static AuditComparison Same(FixedTolerance tolerance) => (_, _, _) => tolerance;

    private static AuditPreset MIOpen(string name, DType dtype, double limit) =>
        new()
        {
            Name = name,
            Source = "MIOpen, gtest of layer norm, 2024: rms_range, 4 times as much for 1/σ",
            Data = "±k/100 for x; default γ and β in every other trial, ±k/100 in the rest",
            Problems =
            [
                .. s_miopen.SelectMany(shape =>
                    new[]
                    {
                        Problem($"ln fwd {dtype.Word()} {shape} affine=none"),
                        Problem($"ln fwd {dtype.Word()} {shape}"),
                    }
                ),
            ],
            Fill = Of(Hundredths, Hundredths, Hundredths),
            Comparison = (_, _, role) =>
                new RmsRange(role == TensorRole.SavedInvStd ? 4 * limit : limit),
            Nominal = (0, 0.34),
            Trials = 16,
        };

    /// <summary>
    /// Mean and variance are compared too: they show as running statistics with momentum 1 and the population variance.
    /// </summary>
    private static AuditPreset BenchDnn(
        string name,
        string part,
        double limit,
        double mean,
        double variance
    ) =>
        new()
        {
            Name = name,
            Source =
                $"oneDNN's benchdnn, {part}: point to point, with its allowance where β cancels",
            Data = "exact pairs m(1+f), m(1-f); γ and β by powers of two; no randomness",
            Problems =
            [
                .. s_benchdnn.Select(shape =>
                    Problem(
                        $"bn train f32 nchw {shape} eps=0.0625 momentum=1 saved=no convention=population"
                    )
                ),
            ],
            Fill = Pairs,
            Comparison = (problem, tensors, role) =>
                role switch
                {
                    TensorRole.RunningMean => new RelativeElseAbsolute(mean),
                    TensorRole.RunningVar => new RelativeElseAbsolute(variance),
                    _ => new RelativeElseAbsolute(limit, Shift(problem, tensors)),
                },
            Nominal = (1, 0.1),
            Trials = s_benchdnn.Length,
        };

    /// <summary>β at every element.</summary>
    private static double[] Shift(NormProblem problem, TensorSet tensors)
    {
        var beta = tensors.Require(TensorRole.Beta).ToDoubles();
        return [.. Reference.Partitions.Of(problem).Slot.Select(slot => beta[slot])];
    }

    /// <summary>
    /// (g(2m)/2 + 5u)·max|γ| + u·max|β| with u = 2⁻²³ and g(k) = 2ku/(1 − 2ku), or 6√(2k)·u where 2ku ≥ 0.01.
    /// </summary>
    private static AllClose HipDnn(NormProblem problem, TensorSet tensors, TensorRole role)
    {
        var unit = Math.ScaleB(1, -23);
        var terms = 4 * problem.GroupSize * unit;
        var growth =
            terms < 0.01 ? terms / (1 - terms) : 6 * Math.Sqrt(4 * problem.GroupSize) * unit;
        double Largest(TensorRole parameter) =>
            tensors.Require(parameter).ToDoubles().Max(Math.Abs);
        return new AllClose(
            0,
            (((growth / 2) + (5 * unit)) * Largest(TensorRole.Gamma))
                + (unit * Largest(TensorRole.Beta))
        );
    }
}
