using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>A bad argument is one line that says what was expected and what came; nothing has been computed by then.</summary>
public class ArgumentTests
{
    private readonly float[] _x = [1, 2, 3, 4, 5, 6];
    private readonly float[] _y = new float[6];
    private readonly float[] _two = [1, 1];
    private readonly float[] _three = [1, 1, 1];

    public static TheoryData<string, Action<ArgumentTests>> Calls =>
        new()
        {
            { "expected x of 6 elements (2x3), got 5", t => Layer(t._x[..5], t._y) },
            { "expected y of 6 elements, got 7", t => Layer(t._x, new float[7]) },
            { "expected y of 6 elements, got 0", t => Layer(t._x, []) },
            { "expected gamma of 3 elements, got 2", t => Layer(t._x, t._y, gamma: t._two) },
            { "expected beta of 3 elements, got 2", t => Layer(t._x, t._y, beta: t._two) },
            {
                "expected savedInvStd of 2 elements, got 0",
                t => LayerNorm.Forward<float>(t._x, t._y, 2, 3, savedMean: t._two)
            },
            {
                "expected rows and length of at least 1, got 0x3",
                t => LayerNorm.Forward<float>([], [], 0, 3)
            },
            {
                "expected rows and length of at least 1, got 2x-3",
                t => LayerNorm.Forward<float>(t._x, t._y, 2, -3)
            },
            {
                "expected at most 268369920 elements, got 65536x65536",
                t => LayerNorm.Forward<float>(t._x, t._y, 65536, 65536)
            },
            {
                "expected eps to be finite and at least 0, got -1",
                t => LayerNorm.Forward<float>(t._x, t._y, 2, 3, epsilon: -1)
            },
            {
                "expected tier Faithful or Fast, got 7",
                t => LayerNorm.Forward<float>(t._x, t._y, 2, 3, tier: (Tier)7)
            },
            {
                "expected threads of at least 0, got -1",
                t => LayerNorm.Forward<float>(t._x, t._y, 2, 3, threads: -1)
            },
            {
                "expected y to be x or to lie apart from x, got one that overlaps it",
                t => LayerNorm.Forward(t._x.AsSpan(0, 4), t._x.AsSpan(2, 4), 2, 2)
            },
            {
                "expected dx to lie apart from x, got one that overlaps it",
                t => LayerNorm.Backward<float>(t._x, t._y, t._x, 2, 3)
            },
            {
                "expected gamma of 3 elements, got 0",
                t => LayerNorm.Backward<float>(t._x, t._x, t._y, 2, 3, dGamma: t._three)
            },
            {
                "expected data of float, Half or BFloat16 beside float, or of double beside double, got Int32 beside Single",
                t => LayerNorm.Forward<int>(new int[6], new int[6], 2, 3)
            },
            {
                "expected groups to divide the 3 channels of 1x3x2, got groups=2",
                t => GroupNorm.Forward<float>(t._x, t._y, new(1, 3, 2), 2)
            },
            {
                "expected samples, channels and space of at least 1, got 1x3x0",
                t => InstanceNorm.Forward<float>(t._x, t._y, new(1, 3, 0))
            },
            {
                "expected runningVar of 3 elements, got 2",
                t => BatchNorm.ForwardInference<float>(t._x, t._y, new(1, 3, 2), t._three, t._two)
            },
            {
                "expected runningVar of 3 elements, got 0",
                t =>
                    BatchNorm.ForwardTraining<float>(
                        t._x,
                        t._y,
                        new(1, 3, 2),
                        runningMean: t._three
                    )
            },
            {
                "expected momentum between 0 and 1, got 2",
                t => BatchNorm.ForwardTraining<float>(t._x, t._y, new(1, 3, 2), momentum: 2)
            },
            {
                "expected runningStd of 3 elements, got 0",
                t => BatchRenorm.ForwardInference<float>(t._x, t._y, new(1, 3, 2), t._three, [])
            },
            {
                "expected rmax of at least 1, got 0.5",
                t =>
                    BatchRenorm.ForwardTraining<float>(
                        t._x,
                        t._y,
                        new(1, 3, 2),
                        t._three,
                        t._three,
                        rMax: 0.5
                    )
            },
            {
                "expected height and width of at least 1 and a product below 2^31, got 65536x65536",
                _ => ChannelShape.Nchw(1, 1, 65536, 65536)
            },
            {
                "expected data of f32, got bf16",
                _ =>
                    Plan(
                        "ln fwd f32 2x3",
                        p => p.Forward<BFloat16>(new BFloat16[6], new BFloat16[6])
                    )
            },
            {
                "expected no gamma, got one of 3 elements",
                t =>
                    Plan(
                        "ln fwd f32 2x3 affine=none saved=no",
                        p => p.Forward(t._x, t._y.AsSpan(), t._three)
                    )
            },
            {
                "expected a plan whose pass is a backward, got one for 'ln fwd f32 2x3 axis=-1 eps=1e-05'",
                t => Plan("ln fwd f32 2x3", p => p.Backward<float>(t._x, t._x, t._y))
            },
            {
                "expected a problem whose dy lies as x does, got 'bn bwd f32 nchw 2x3x1x1 eps=1e-05 grad=nhwc'",
                t =>
                    Plan(
                        "bn bwd f32 nchw 2x3x1x1 grad=nhwc",
                        p => p.Backward<float>(t._x, t._x, t._y)
                    )
            },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public void One_line_says_what_was_expected_and_what_came(
        string line,
        Action<ArgumentTests> call
    )
    {
        Assert.Equal(line, Assert.Throws<InputException>(() => call(this)).Message);
        Assert.All(_y, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_plan_that_was_disposed_says_so()
    {
        var plan = new NormPlan(ProblemText.Parse("ln fwd f32 2x3 affine=none"));
        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plan.Forward(_x, _y.AsSpan()));
    }

    private static void Layer(float[] x, float[] y, float[]? gamma = null, float[]? beta = null) =>
        LayerNorm.Forward<float>(x, y, 2, 3, gamma, beta);

    private static void Plan(string problem, Action<NormPlan> call)
    {
        using var plan = new NormPlan(ProblemText.Parse(problem));
        call(plan);
    }
}
