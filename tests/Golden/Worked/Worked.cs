using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Golden.Worked;

/// <summary>
/// Compares the reference with numbers that a worked example derives in exact arithmetic. The reading with 106 bits, rounded
/// to binary64, must be the derived number rounded to binary64: the same double, not a near one.
/// </summary>
internal static class Example
{
    /// <summary>The tensors of a case as rationals: what the text's decimals are in binary64.</summary>
    public sealed class Given(Case @case)
    {
        private readonly TensorSet _tensors = CaseData.Build(@case);

        public double Epsilon => @case.Problem.Epsilon;

        public Rational Eps => Rational.Of(@case.Problem.Epsilon);

        /// <summary>Weight of the new value.</summary>
        public Rational Momentum => Rational.Of(@case.Problem.Momentum);

        public Rational RMax => Rational.Of(@case.Problem.RMax);

        public Rational DMax => Rational.Of(@case.Problem.DMax);

        public Rational[] this[TensorRole role] =>
            [.. _tensors.Require(role).ToDoubles().Select(Rational.Of)];

        public Rational[] X => this[TensorRole.X];

        public Rational[] Dy => this[TensorRole.Dy];

        public Rational Gamma => this[TensorRole.Gamma].Single();

        public Rational Beta => this[TensorRole.Beta].Single();

        public Rational RunningMean => this[TensorRole.RunningMean].Single();

        public Rational RunningVar => this[TensorRole.RunningVar].Single();

        public Rational RunningStd => this[TensorRole.RunningStd].Single();
    }

    /// <summary>Derives the outputs of a case from its inputs and compares every one that is derived.</summary>
    public static void Holds(
        string text,
        Func<Given, IEnumerable<(TensorRole Role, Rational[] Values)>> derive
    )
    {
        var @case = Case.Parse(text);
        var read = Reference.Reference.DoubleDouble(@case.Problem, CaseData.Build(@case));
        foreach (var (role, values) in derive(new(@case)))
        {
            Assert.Equal(
                values.Select(value => value.ToDouble()),
                read[role].Select(value => value.Hi)
            );
        }
    }

    /// <summary>The same for one output.</summary>
    public static void Holds(string text, TensorRole role, Func<Given, Rational[]> derive) =>
        Holds(text, given => [(role, derive(given))]);
}

/// <summary>Mean and sum of squared deviations of a group.</summary>
internal readonly record struct Group(Rational[] X)
{
    public int M => X.Length;

    public Rational Mean => Rational.Sum(X) / M;

    /// <summary>S = Σ(x − μ)².</summary>
    public Rational Squares
    {
        get
        {
            var mean = Mean;
            return Rational.Sum(X.Select(x => (x - mean).Square()));
        }
    }

    /// <summary>S/m.</summary>
    public Rational Variance => Squares / M;

    /// <summary>S/(m − 1).</summary>
    public Rational Bessel => Squares / (M - 1);

    /// <summary>Σx²/m.</summary>
    public Rational MeanSquare => Rational.Sum(X.Select(x => x.Square())) / M;
}

/// <summary>Sums over arrays of rationals.</summary>
internal static class RationalArrays
{
    public static Rational Sum(this IEnumerable<Rational> terms) => Rational.Sum(terms);

    public static Rational Dot(this IEnumerable<Rational> left, IEnumerable<Rational> right) =>
        left.Zip(right).Select(each => each.First * each.Second).Sum();

    public static Rational[] Times(this IEnumerable<Rational> left, IEnumerable<Rational> right) =>
        [.. left.Zip(right).Select(each => each.First * each.Second)];
}
