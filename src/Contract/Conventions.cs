namespace NormCheck.Contract;

/// <summary>The conventions of real systems. Only what differs from the default is written down.</summary>
public static class Conventions
{
    private static readonly EpsilonRule s_outside = new(EpsilonPlacement.OutsideRoot);
    private static readonly EpsilonRule s_fusedFloor = new(
        EpsilonPlacement.InsideRoot,
        Floor: 1.001e-5
    );
    private static readonly EpsilonRule s_darknet = new(EpsilonPlacement.InsideRoot, Fixed: 1e-5);

    /// <summary>Default: ε inside the root, v = S/m to normalize, S/max(m−1,1) stored, momentum = weight of the new value.</summary>
    public static Convention Default { get; } =
        new()
        {
            Name = "normcheck",
            Summary =
                "the C ABI's meaning: ε inside the root, population variance, Bessel-corrected running variance",
            StoredFactor = StoredFactor.BesselGuarded,
        };

    public static IReadOnlyList<Convention> All { get; } =
    [
        Default,
        new()
        {
            Name = "population",
            Summary =
                "as normcheck, with the population variance stored (stored_variance = 0 of the C ABI)",
        },
        new()
        {
            Name = "keras3",
            Summary = "Keras 3: ε = 1e-3, keeps 0.99, population variance stored",
            DefaultEpsilon = 1e-3,
            DefaultMomentum = 0.01,
            Renorm = RenormRule.SecondGeneration,
        },
        new()
        {
            Name = "keras2",
            Summary = "multi-backend Keras 2: stores v·m/(m − (1 + ε))",
            DefaultEpsilon = 1e-3,
            DefaultMomentum = 0.01,
            StoredFactor = StoredFactor.Keras2,
        },
        new()
        {
            Name = "tf-keras",
            Summary =
                "tf-keras, non-fused path: population variance stored; renorm of the second generation",
            DefaultEpsilon = 1e-3,
            DefaultMomentum = 0.01,
            Renorm = RenormRule.SecondGeneration,
        },
        new()
        {
            Name = "tf-keras-fused",
            Summary =
                "tf-keras, fused path: ε floored at 1.001e-5, Bessel-corrected variance stored",
            DefaultEpsilon = 1e-3,
            DefaultMomentum = 0.01,
            ForwardEpsilon = s_fusedFloor,
            InferenceEpsilon = s_fusedFloor,
            BackwardEpsilon = s_fusedFloor,
            StoredFactor = StoredFactor.BesselGuarded,
        },
        new()
        {
            Name = "tf1-renorm",
            Summary = "TF 1.x renorm, first generation: debiased statistics, smoothed twice",
            DefaultEpsilon = 1e-3,
            DefaultMomentum = 0.01,
            Renorm = RenormRule.FirstGeneration,
            InitialVariance = 0,
        },
        new()
        {
            Name = "renorm-paper",
            Summary = "batch renormalization as in Ioffe 2017: averages the standard deviation",
            DefaultMomentum = 0.01,
            Running = RunningKind.MeanStd,
        },
        new()
        {
            Name = "paper",
            Summary =
                "Ioffe and Szegedy 2015, algorithms 1 and 2: population average of Bessel-corrected variances",
            Running = RunningKind.Population,
            StoredFactor = StoredFactor.Bessel,
        },
        new()
        {
            Name = "pytorch",
            Summary =
                "PyTorch: Bessel-corrected variance stored; 1/√0 taken as 0 in CPU batch norm training",
            StoredFactor = StoredFactor.Bessel,
            Degenerate = DegenerateRule.ZeroInverseStd,
            AllowsSingleElement = false,
        },
        new()
        {
            Name = "pytorch-cumulative",
            Summary = "PyTorch with momentum=None: the mean over all batches so far",
            StoredFactor = StoredFactor.Bessel,
            Degenerate = DegenerateRule.ZeroInverseStd,
            Running = RunningKind.Cumulative,
            AllowsSingleElement = false,
        },
        new()
        {
            Name = "darknet",
            Summary =
                "pjreddie/darknet, CPU: divisor m − 1, ε = 1e-6 outside the root; the backward is not its derivative",
            DefaultEpsilon = 1e-6,
            DefaultMomentum = 0.01,
            NormalizingDivisor = Divisor.Bessel,
            StoredFactor = StoredFactor.Bessel,
            ForwardEpsilon = new(EpsilonPlacement.OutsideRoot, Fixed: 1e-6),
            InferenceEpsilon = new(EpsilonPlacement.OutsideRoot, Fixed: 1e-6),
            BackwardEpsilon = s_darknet,
            InitialVariance = 0,
            Backward = BackwardRule.DarknetPjreddie,
            NegatedGradient = true,
        },
        new()
        {
            Name = "darknet-gpu",
            Summary =
                "pjreddie/darknet, GPU without cuDNN: divisor m − 1, ε = 1e-5 inside the root",
            DefaultMomentum = 0.01,
            NormalizingDivisor = Divisor.Bessel,
            StoredFactor = StoredFactor.Bessel,
            ForwardEpsilon = s_darknet,
            InferenceEpsilon = s_darknet,
            BackwardEpsilon = s_darknet,
            InitialVariance = 0,
            Backward = BackwardRule.DarknetPjreddie,
            NegatedGradient = true,
        },
        new()
        {
            Name = "darknet-alexey",
            Summary =
                "AlexeyAB/darknet, CPU: divisor m − 1, ε = 1e-5 inside; mixed ε backward, β never trained",
            DefaultMomentum = 0.1,
            NormalizingDivisor = Divisor.Bessel,
            StoredFactor = StoredFactor.Bessel,
            ForwardEpsilon = s_darknet,
            InferenceEpsilon = s_darknet,
            BackwardEpsilon = s_darknet,
            InitialVariance = 0,
            Backward = BackwardRule.DarknetAlexey,
            NegatedGradient = true,
        },
        new()
        {
            Name = "onnx",
            Summary =
                "ONNX: keeps 0.9, population variance stored; layer and RMS norm cast before scale and bias",
            CastPoint = CastPoint.BeforeAffine,
        },
        new()
        {
            Name = "onnx-gn18",
            Summary = "ONNX GroupNormalization-18: scale and bias per group",
            AffineShape = AffineShape.PerGroup,
        },
        new()
        {
            Name = "onnx-mvn",
            Summary = "ONNX MeanVarianceNormalization: ε = 1e-9 outside the root",
            DefaultEpsilon = 1e-9,
            ForwardEpsilon = s_outside with { Fixed = 1e-9 },
            BackwardEpsilon = s_outside with { Fixed = 1e-9 },
            Running = RunningKind.None,
        },
        new()
        {
            Name = "onednn",
            Summary = "oneDNN: no running statistics; saves the variance",
            Running = RunningKind.None,
            Saved = SavedStatistic.Variance,
        },
        new()
        {
            Name = "cudnn",
            Summary = "cuDNN: Bessel-corrected variance stored, inverse std saved",
            StoredFactor = StoredFactor.BesselGuarded,
        },
        new()
        {
            Name = "flax",
            Summary =
                "Flax: keeps 0.99, population variance stored, one-pass variance clamped at 0",
            Algorithm = MomentAlgorithm.OnePass,
            DefaultMomentum = 0.01,
        },
        new()
        {
            Name = "haiku",
            Summary = "Haiku: debiased running averages from 0, one-pass variance",
            Algorithm = MomentAlgorithm.OnePass,
            DefaultMomentum = 0.01,
            Running = RunningKind.Debiased,
            InitialVariance = 0,
        },
        new()
        {
            Name = "mlx",
            Summary = "MLX: Bessel-corrected variance stored; group norm interleaves channels",
            StoredFactor = StoredFactor.Bessel,
            GroupOrder = GroupOrder.Interleaved,
            AllowsSingleElement = false,
        },
        new()
        {
            Name = "caffe",
            Summary = "Caffe: decayed sums with a scalar weight, Bessel-corrected variance",
            DefaultMomentum = 0.001,
            StoredFactor = StoredFactor.BesselGuarded,
            Running = RunningKind.WeightedSums,
            InitialVariance = 0,
        },
        new()
        {
            Name = "chainer-renorm",
            Summary = "Chainer batch renormalization: stores (v + ε)·m/max(m − 1, 1), adds ε again",
            DefaultEpsilon = 2e-5,
            StoredFactor = StoredFactor.BesselGuarded,
            StoredIncludesEpsilon = true,
            Renorm = RenormRule.Chainer,
            InitialVariance = 0,
        },
        new()
        {
            Name = "gemma",
            Summary = "RMS norm with γ stored as an offset from 1",
            DefaultEpsilon = 1e-6,
            GammaOffset = 1,
            Running = RunningKind.None,
        },
    ];

    /// <summary>The convention of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static Convention Get(string name) =>
        All.FirstOrDefault(convention => convention.Name == name)
        ?? throw new InputException(
            $"unknown convention '{name}': expected one of {string.Join(", ", All.Select(convention => convention.Name))}"
        );
}
