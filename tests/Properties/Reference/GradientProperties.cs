using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Reference;

/// <summary>The hand-written backward page against the derivative of the forward page, read with dual numbers.</summary>
public class GradientProperties
{
    private static IEnumerable<Convention> ExactConventions =>
        Conventions.All.Where(convention =>
            convention.Backward == BackwardRule.Exact
            && convention.CastPoint == CastPoint.AfterAffine
        );

    public static TheoryData<string> ConventionNames =>
        new(ExactConventions.Select(convention => convention.Name));

    [Theory]
    [MemberData(nameof(ConventionNames))]
    public void Backward_is_the_derivative_of_forward(string name)
    {
        var selection = new CaseSelection
        {
            DTypes = [DType.F64],
            Passes = [NormPass.BackwardTraining, NormPass.BackwardInference],
            Convention = Conventions.Get(name),
        };
        Run.ForCases(
            60,
            selection,
            @case =>
            {
                // A derivative costs a forward for every input element: small shapes, benign data, ε > 0.
                var problem = @case.Problem with
                {
                    Epsilon = Math.Max(@case.Problem.Epsilon, 1e-3),
                };
                if (problem.Shape.Count > 150 || (problem.GroupSize < 2 && name != "normcheck"))
                {
                    return;
                }

                Check(@case with { Problem = problem, Data = DataSpec.Parse("drift") });
            }
        );
    }

    private static void Check(Case @case)
    {
        var problem = @case.Problem;
        var tensors = CaseData.Build(@case);
        var forward = problem with
        {
            Pass =
                problem.Pass == NormPass.BackwardTraining
                    ? NormPass.ForwardTraining
                    : NormPass.ForwardInference,
            GradientLayout = null,
        };
        var gradients = NormCheck.Reference.Reference.DoubleDouble(problem, tensors);
        var dy = tensors.Require(TensorRole.Dy).ToDoubles();
        foreach (var (role, values) in gradients)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var direction = new double[values.Length];
                direction[i] = 1;
                var tangent = NormCheck.Reference.Reference.Derivative(
                    forward,
                    tensors,
                    role == TensorRole.Dx ? direction : null,
                    role == TensorRole.DGamma ? direction : null,
                    role == TensorRole.DBeta ? direction : null
                );
                var expected = DoubleDouble.OfFloat(0);
                double scale = 0;
                for (var k = 0; k < dy.Length; k++)
                {
                    var term = tangent[k] * DoubleDouble.OfFloat(dy[k]);
                    expected += term;
                    scale += Math.Abs(term.Hi);
                }

                var gap = Math.Abs((values[i] - expected).Hi);
                Assert.True(
                    gap <= Math.ScaleB(scale, -70),
                    $"{@case.Text}: {role.Name()}[{i}] is {values[i].Hi}, derivative {expected.Hi}, scale {scale}"
                );
            }
        }
    }

    /// <summary>No convention has m − 1 beside an exact backward, but the diagnosis asks for it.</summary>
    [Theory]
    [InlineData(EpsilonPlacement.InsideRoot)]
    [InlineData(EpsilonPlacement.OutsideRoot)]
    public void A_variance_with_m_minus_one_has_the_gradient_of_that(EpsilonPlacement placement)
    {
        var convention = Conventions.Default with
        {
            NormalizingDivisor = Divisor.Bessel,
            ForwardEpsilon = new(placement),
            BackwardEpsilon = new(placement),
        };
        var @case = Case.Parse("bn bwd f64 nchw 3x2x2 eps=0.1 saved=no data=drift seed=5");
        Check(@case with { Problem = @case.Problem with { Convention = convention } });
    }

    /// <summary>v = 0 and σ = ε: dx = (g − A)/ε, and not 0/0.</summary>
    [Fact]
    public void A_constant_group_has_a_gradient_where_epsilon_is_outside_the_root()
    {
        var @case = Case.Parse("ln bwd f64 1x3 eps=0.5 affine=none saved=no x=[2,2,2] dy=[1,2,6]");
        var outside = new EpsilonRule(EpsilonPlacement.OutsideRoot);
        var problem = @case.Problem with
        {
            Convention = Conventions.Default with
            {
                ForwardEpsilon = outside,
                BackwardEpsilon = outside,
            },
        };
        var dx = NormCheck.Reference.Reference.DoubleDouble(problem, CaseData.Build(@case))[
            TensorRole.Dx
        ];
        Assert.Equal([-4.0, -2.0, 6.0], dx.Select(value => value.Hi));
    }

    [Fact]
    public void Darknets_backward_is_not_the_derivative_of_its_forward()
    {
        var @case = Case.Parse(
            "bn bwd f64 nchw 3x1 eps=1e-06 affine=none saved=no convention=darknet seed=5"
        );
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(@case));
    }
}
