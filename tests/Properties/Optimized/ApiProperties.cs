using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Optimized;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Optimized;

/// <summary>Calls over spans against the backend that is verified: the same bits.</summary>
public class ApiProperties
{
    [Theory]
    [InlineData("normcheck")]
    [InlineData("population")]
    public void Static_calls_have_the_bits_of_the_backend(string convention) =>
        Run.ForCases(
            400,
            new CaseSelection { Convention = Conventions.Get(convention) },
            @case =>
            {
                @case = @case with { Problem = StaticCalls.Expressible(@case.Problem) };
                var (problem, tensors) = (@case.Problem, CaseData.Build(@case));
                foreach (var tier in Cells.Tiers)
                {
                    var own = tensors.Clone();
                    StaticCalls.Run(problem, own, tier, threads: 0);
                    var expected = Bits.Run(problem, tensors, new() { Tier = tier });
                    Bits.Equal(expected, own, problem, $"static call, {tier}");
                }
            }
        );

    [Fact]
    public void Plans_over_spans_have_the_bits_of_the_backend() =>
        Run.ForCases(
            300,
            new CaseSelection(),
            @case =>
            {
                var (problem, tensors) = (@case.Problem, CaseData.Build(@case));
                var own = tensors.Clone();
                using var plan = new NormPlan(problem);
                RunPlan(plan, own);
                Bits.Equal(Bits.Run(problem, tensors, new()), own, problem, "plan");
            }
        );

    /// <summary>y is x, dx is dy.</summary>
    [Fact]
    public void In_place_has_the_bits_of_out_of_place() =>
        Run.ForCases(
            400,
            new CaseSelection(),
            @case =>
            {
                var problem = StaticCalls.Expressible(@case.Problem);
                @case = @case with { Problem = problem };
                foreach (var tier in Cells.Tiers)
                {
                    InPlaceIsOutOfPlace(problem, CaseData.Build(@case), tier);
                }
            }
        );

    /// <summary>Out of place, outputs of this size go past the caches.</summary>
    [Theory]
    [InlineData("ln fwd f32 4111x2049")]
    [InlineData("bn bwd f32 nchw 20x30x123x123")]
    [InlineData("gn fwd bf16 nhwc 20x60x123x123 groups=5")]
    public void In_place_has_the_bits_of_out_of_place_beyond_the_caches(string text)
    {
        var problem = ProblemText.Parse(text);
        InPlaceIsOutOfPlace(problem, Seeded.Tensors(problem), Tier.Faithful);
    }

    [Fact]
    public void Parameter_gradients_may_be_left_out()
    {
        var problem = ProblemText.Parse("ln bwd f32 5x7");
        var tensors = Seeded.Tensors(problem);
        var expected = Bits.Run(problem, tensors, new());
        foreach (var role in new[] { TensorRole.DGamma, TensorRole.DBeta })
        {
            var own = tensors.Clone();
            own[role] = null;
            StaticCalls.Run(problem, own, Tier.Faithful, threads: 1);
            own[role] = expected[role];
            Bits.Equal(expected, own, problem, $"without {role.Name()}");
        }
    }

    /// <summary>More kinds of calls than a thread keeps plans for.</summary>
    [Fact]
    public void A_plan_that_was_dropped_is_made_again()
    {
        var once = Enumerable.Range(1, 200).Select(Normalized).ToArray();
        Assert.Equal(once, Enumerable.Range(1, 200).Select(Normalized));

        static float[] Normalized(int length)
        {
            var y = Enumerable.Range(0, length).Select(i => (float)(i * i)).ToArray();
            LayerNorm.Forward<float>(y, y, 1, length);
            return y;
        }
    }

    [Fact]
    public void Threads_call_at_the_same_time()
    {
        var problem = ProblemText.Parse("bn train f32 nchw 8x16x40x40");
        var tensors = Seeded.Tensors(problem);
        var expected = Bits.Run(problem, tensors, new());
        Parallel.For(
            0,
            64,
            _ =>
            {
                var own = tensors.Clone();
                StaticCalls.Run(problem, own, Tier.Faithful, threads: 0);
                Bits.Equal(expected, own, problem, "beside other threads");
            }
        );
    }

    private static void InPlaceIsOutOfPlace(NormProblem problem, TensorSet tensors, Tier tier)
    {
        var (input, output) = problem.Pass.IsBackward()
            ? (TensorRole.Dy, TensorRole.Dx)
            : (TensorRole.X, TensorRole.Y);
        var apart = tensors.Clone();
        StaticCalls.Run(problem, apart, tier, threads: 0);
        var together = tensors.Clone();
        together[output] = together[input];
        StaticCalls.Run(problem, together, tier, threads: 0);
        apart[input] = together[input];
        Bits.Equal(apart, together, problem, $"in place, {tier}");
    }

    private static void RunPlan(NormPlan plan, TensorSet tensors)
    {
        switch (plan.Problem.DType)
        {
            case DType.F64 when plan.Problem.Pass.IsBackward():
                plan.Backward(
                    Data<double>(TensorRole.X),
                    Data<double>(TensorRole.Dy),
                    Data<double>(TensorRole.Dx),
                    Data<double>(TensorRole.Gamma),
                    Data<double>(TensorRole.DGamma),
                    Data<double>(TensorRole.DBeta),
                    Data<double>(TensorRole.RunningMean),
                    Data<double>(Spread()),
                    Data<double>(TensorRole.SavedMean),
                    Data<double>(TensorRole.SavedInvStd)
                );
                break;
            case DType.F64:
                plan.Forward(
                    Data<double>(TensorRole.X),
                    Data<double>(TensorRole.Y),
                    Data<double>(TensorRole.Gamma),
                    Data<double>(TensorRole.Beta),
                    Data<double>(TensorRole.RunningMean),
                    Data<double>(Spread()),
                    Data<double>(TensorRole.SavedMean),
                    Data<double>(TensorRole.SavedInvStd)
                );
                break;
            case DType.F32:
                OfFloats<float>();
                break;
            case DType.F16:
                OfFloats<Half>();
                break;
            default:
                OfFloats<BFloat16>();
                break;
        }

        TensorRole Spread() =>
            plan.Problem.Op == NormOp.BatchRenorm ? TensorRole.RunningStd : TensorRole.RunningVar;

        Span<T> Data<T>(TensorRole role)
            where T : unmanaged => Bits.Of<T>(tensors, role);

        void OfFloats<T>()
            where T : unmanaged
        {
            if (plan.Problem.Pass.IsBackward())
            {
                plan.Backward<T>(
                    Data<T>(TensorRole.X),
                    Data<T>(TensorRole.Dy),
                    Data<T>(TensorRole.Dx),
                    Data<float>(TensorRole.Gamma),
                    Data<float>(TensorRole.DGamma),
                    Data<float>(TensorRole.DBeta),
                    Data<float>(TensorRole.RunningMean),
                    Data<float>(Spread()),
                    Data<float>(TensorRole.SavedMean),
                    Data<float>(TensorRole.SavedInvStd)
                );
                return;
            }

            plan.Forward<T>(
                Data<T>(TensorRole.X),
                Data<T>(TensorRole.Y),
                Data<float>(TensorRole.Gamma),
                Data<float>(TensorRole.Beta),
                Data<float>(TensorRole.RunningMean),
                Data<float>(Spread()),
                Data<float>(TensorRole.SavedMean),
                Data<float>(TensorRole.SavedInvStd)
            );
        }
    }
}
