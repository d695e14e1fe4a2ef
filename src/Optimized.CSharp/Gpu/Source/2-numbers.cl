// What is computed with: binary64 (Faithful, and f64 data) or binary32 (Fast), and unevaluated sums of two of them.

#if IS_DOUBLE
typedef double REAL;
#else
typedef float REAL;
#endif

// A sum of two numbers that is not evaluated: what rounding drops is kept in the second (Dekker 1971; Knuth's TwoSum).
// Once the first is not finite the second is 0.
typedef struct
{
    REAL hi;
    REAL lo;
} extended;

DEVICE extended extended_of(REAL hi, REAL lo)
{
    extended result;
    result.hi = hi;
    result.lo = lo;
    return result;
}

DEVICE REAL value_of(extended a)
{
    return a.hi + a.lo;
}

// a + b without error.
DEVICE extended of_sum(REAL a, REAL b)
{
    REAL sum = a + b;
    REAL part = sum - a;
    REAL lost = (a - (sum - part)) + (b - part);
    return extended_of(sum, isfinite(sum) ? lost : (REAL)0);
}

// a·b without error.
DEVICE extended of_product(REAL a, REAL b)
{
    REAL product = a * b;
    return extended_of(product, isfinite(product) ? fma(a, b, -product) : (REAL)0);
}

DEVICE extended renormalized(REAL hi, REAL lo)
{
    REAL sum = hi + lo;
    return extended_of(sum, isfinite(sum) ? lo - (sum - hi) : (REAL)0);
}

DEVICE extended plus_number(extended a, REAL b)
{
    extended sum = of_sum(a.hi, b);
    return renormalized(sum.hi, a.lo + sum.lo);
}

DEVICE extended plus(extended a, extended b)
{
    extended sum = of_sum(a.hi, b.hi);
    return of_sum(sum.hi, sum.lo + (a.lo + b.lo));
}

DEVICE extended over(extended a, REAL n)
{
    REAL quotient = a.hi / n;
    if (!isfinite(quotient))
    {
        return extended_of(quotient, 0);
    }

    REAL rest = fma(-quotient, n, a.hi) + a.lo;
    return renormalized(quotient, rest / n);
}

// a less a plain number: exact where both are close.
DEVICE REAL less_number(extended a, REAL b)
{
    return (a.hi - b) + a.lo;
}

// Not fmax: a NaN stays one.
DEVICE REAL at_least_zero(REAL value)
{
    return value <= 0 ? (REAL)0 : value;
}

DEVICE REAL clamped(REAL value, REAL least, REAL most)
{
    return value < least ? least : value > most ? most : value;
}

// The largest power of two that is not above a positive number; 1 for 0 and what is not finite.
DEVICE REAL power_below(REAL value)
{
    return value > 0 && isfinite(value) ? ldexp((REAL)1, ilogb(value)) : (REAL)1;
}

// A power of two within a factor of 2 of √(a/b), for positive numbers; 1 where b is not finite.
DEVICE REAL power_near_root(REAL a, REAL b)
{
    return isfinite(b) ? ldexp((REAL)1, (ilogb(a) - ilogb(b)) >> 1) : (REAL)1;
}

// The power of two that x − μ is multiplied by before it meets dy. Binary64 has room for every product of f32 numbers.
DEVICE REAL scale_of(REAL inverse_std)
{
    return COMPENSATES ? power_below(inverse_std) : (REAL)1;
}

// Σg·x̂ from Σg(x − μ)·scale.
DEVICE REAL normalized(REAL products, REAL inverse_std)
{
    return COMPENSATES ? products * (inverse_std / scale_of(inverse_std)) : products * inverse_std;
}
