using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Golden;

/// <summary>darknet's CPU path step by step, with the intermediate numbers of its C code (design notes, 5.1 and 5.4).</summary>
public class DarknetExamples
{
    private const string Batch = "x=[1,2,6] gamma=[2] dy=[1,-1,0.5]";

    private static IReadOnlyDictionary<TensorRole, double[]> Read(string text)
    {
        var @case = Case.Parse(text);
        return Reference.Reference.Binary64(@case.Problem, CaseData.Build(@case));
    }

    /// <summary>μ = 3, S = 14, v = S/(m−1) = 7; x̂ = (x − 3)/(√7 + 1e-6).</summary>
    [Fact]
    public void Forward()
    {
        var y = Read(
            "bn train f64 nc 3x1 convention=darknet momentum=0.01 x=[1,2,6] gamma=[2] beta=[0.5]"
        );
        var std = Math.Sqrt(7) + 1e-6;
        Digits.Exact(
            [(2 * -2 / std) + 0.5, (2 * -1 / std) + 0.5, (2 * 3 / std) + 0.5],
            y[TensorRole.Y]
        );
    }

    /// <summary>
    /// δ = 2·dy = (2,−2,1); mean_delta = −1/√v', variance_delta = −½v'^(−3/2)·Σδ(x−μ) = −½v'^(−3/2)·1 with v' = 7 + 1e-5;
    /// δ/√v' + variance_delta·2(x−μ)/3 + mean_delta/3.
    /// </summary>
    [Fact]
    public void Backward_of_pjreddie()
    {
        var gradients = Read($"bn bwd f64 nc 3x1 saved=no convention=darknet {Batch}");
        var v = 7 + 1e-5;
        var root = Math.Sqrt(v);
        // Σδ(x−μ) = 2·(−2) + (−2)(−1) + 1·3 = 1.
        var varianceDelta = -0.5 / (v * root);
        double Dx(double delta, double deviation) =>
            (delta / root) + (varianceDelta * 2 * deviation / 3) - (1 / root / 3);
        Digits.Exact([Dx(2, -2), Dx(-2, -1), Dx(1, 3)], gradients[TensorRole.Dx]);

        // scale_updates = Σ dy·x̂ with the forward's x̂ = ((−2)·1 + (−1)(−1) + 3·0.5)/(√7 + 1e-6); bias_updates = Σ dy.
        Digits.Exact([0.5 / (Math.Sqrt(7) + 1e-6)], gradients[TensorRole.DGamma]);
        Digits.Exact([0.5], gradients[TensorRole.DBeta]);
    }

    /// <summary>m = 2: the true gradient is 0 (y is ±const), darknet returns half of the gradient without that term.</summary>
    [Fact]
    public void Two_elements_leave_half_a_gradient()
    {
        var values = "affine=none saved=no x=[-1,1] dy=[-1,1]";
        var darknet = Read($"bn bwd f64 nc 2x1 convention=darknet {values}")[TensorRole.Dx];
        var right = Read($"bn bwd f64 nc 2x1 eps=0 {values}")[TensorRole.Dx];
        Digits.Same(0, right[0], 3);
        Digits.Same(0.5 * -1 / Math.Sqrt(2), darknet[0], 5);
        Digits.Same(0.5 * 1 / Math.Sqrt(2), darknet[1], 5);
    }

    /// <summary>AlexeyAB's fork divides by √v + 1e-5 in the last step and leaves β without a gradient.</summary>
    [Fact]
    public void Backward_of_alexey()
    {
        var gradients = Read($"bn bwd f64 nc 3x1 saved=no convention=darknet-alexey {Batch}");
        var v = 7 + 1e-5;
        var root = Math.Sqrt(v);
        var last = Math.Sqrt(7) + 1e-5;
        double Dx(double delta, double deviation) =>
            (delta / last) - (0.5 / (v * root) * 2 * deviation / 3) - (1 / root / 3);
        Digits.Exact([Dx(2, -2), Dx(-2, -1), Dx(1, 3)], gradients[TensorRole.Dx]);
        Digits.Exact([0], gradients[TensorRole.DBeta]);
    }

    /// <summary>Inference before any training: variance 0, so x is multiplied by 10⁶.</summary>
    [Fact]
    public void Inference_before_training_multiplies_by_a_million()
    {
        var y = Read(
            "bn infer f64 nc 1x1 affine=none convention=darknet x=[3] running_mean=[0] running_var=[0]"
        )[TensorRole.Y];
        Digits.Exact([3e6], y);
    }
}
