// Sums for a gradient that plain binary64 does not hold (Faithful): a group whose Σg or Σg·x̂ cancels is added up again with
// twice the digits, and if even that does not do, without any rounding. One item does it, in the order of the CPU.

#if !COMPENSATES

// Where the g of a group come from: some stretches of dy one after the other, each with a γ of its own, or one stretch with a
// γ for every position in a run.
typedef struct
{
    stretch first;
    int parts;
    INT64 step;
    INT64 slot;
    int has_slots;
} gradient_parts;

DEVICE REAL share_of(REAL error, REAL floor)
{
    return error == 0 ? (REAL)0 : error / floor;
}

// Whether A and B are good enough for dx of every element: see GradientExactness of the CPU.
DEVICE int gradient_holds(
    GLOBAL const INT64 *n, GLOBAL const REAL *numbers, REAL error, REAL error_of_correlation, REAL mean_of_g,
    REAL correlation)
{
    REAL allowed = ldexp((REAL)1, -36) - ldexp((REAL)1, -44);
    REAL floor = fabs(mean_of_g);
    REAL lower = floor / sqrt((REAL)GROUP_SIZE);
    REAL floor_of_correlation = fabs(correlation) > lower ? fabs(correlation) : lower;
    REAL share = share_of(IS_CENTRED ? error : (REAL)0, floor) + share_of(error_of_correlation, floor_of_correlation);
    REAL factor = numbers[G_R] > 1 ? numbers[G_R] : (REAL)1;
    return share * factor <= allowed;
}

// A chain that gets back what is lost elsewhere too.
DEVICE void add_in_two(chain *to, REAL term, REAL rest)
{
    REAL next = to->sum + term;
    REAL part = next - to->sum;
    to->lost += ((to->sum - (next - part)) + (term - part)) + rest;
    to->sum = next;
}

DEVICE void sums_in_two(
    GLOBAL const INT64 *n, GLOBAL const REAL *numbers, GLOBAL const STORED *x, GLOBAL const STORED *dy,
    GLOBAL const PARAMETER *gamma, gradient_parts parts, extended *sum, extended *products)
{
    chain sums[LANES];
    chain crossed[LANES];
    for (int lane = 0; lane < LANES; lane++)
    {
        sums[lane] = empty_chain();
        crossed[lane] = empty_chain();
    }

    REAL mean = numbers[G_MEAN];
    for (int part = 0; part < parts.parts; part++)
    {
        for (int run = 0; run < parts.first.runs; run++)
        {
            INT64 first = parts.first.first + (part * parts.step) + (run * parts.first.distance);
            for (int i = 0; i < parts.first.length; i++)
            {
                REAL g = LOAD(dy, first + i) * parameter(gamma, parts.slot + (parts.has_slots ? i : part), 1);
                REAL value = LOAD(x, first + i);
                REAL deviation = value - mean;
                REAL own = deviation - value;
                REAL rest = (value - (deviation - own)) - (mean + own);
                REAL product = g * deviation;
                REAL lost = fma(g, deviation, 0 - product);
                add_in_two(&crossed[i % LANES], product, fma(g, rest, lost));
                add_in_two(&sums[i % LANES], g, 0);
            }
        }
    }

    *sum = extended_of(0, 0);
    *products = extended_of(0, 0);
    for (int lane = 0; lane < LANES; lane++)
    {
        *sum = plus(*sum, extended_of(sums[lane].sum, sums[lane].lost));
        *products = plus(*products, extended_of(crossed[lane].sum, crossed[lane].lost));
    }

    *products = plus(*products, of_product(-numbers[G_MEAN_LOW], sum->hi));
}

// A sum without any rounding: numbers that do not overlap, the smallest first (Shewchuk 1997). See Expansion of the CPU.
#define MOST_PARTS 32

typedef struct
{
    REAL part[MOST_PARTS + 1];
    int count;
} expansion;

DEVICE void compress(expansion *sum)
{
    if (sum->count < 2)
    {
        return;
    }

    int bottom = sum->count - 1;
    REAL total = sum->part[bottom];
    for (int i = sum->count - 2; i >= 0; i--)
    {
        extended next = of_sum(total, sum->part[i]);
        total = next.hi;
        if (next.lo != 0)
        {
            sum->part[bottom--] = total;
            total = next.lo;
        }
    }

    sum->part[bottom] = total;
    int kept = 0;
    for (int i = bottom + 1; i < sum->count; i++)
    {
        extended next = of_sum(sum->part[i], total);
        total = next.hi;
        if (next.lo != 0)
        {
            sum->part[kept++] = next.lo;
        }
    }

    sum->part[kept++] = total;
    sum->count = kept;
}

DEVICE void grow(expansion *sum, REAL term)
{
    int kept = 0;
    for (int i = 0; i < sum->count; i++)
    {
        extended next = of_sum(term, sum->part[i]);
        if (next.lo != 0)
        {
            sum->part[kept++] = next.lo;
        }

        term = next.hi;
    }

    if (term != 0)
    {
        sum->part[kept++] = term;
    }

    sum->count = kept;
    if (kept > MOST_PARTS)
    {
        compress(sum);
    }
}

DEVICE void grow_by_product(expansion *sum, REAL a, REAL b)
{
    extended product = of_product(a, b);
    grow(sum, product.lo);
    grow(sum, product.hi);
}

DEVICE extended value_of_expansion(expansion *sum)
{
    compress(sum);
    return sum->count < 2
        ? extended_of(sum->count == 0 ? (REAL)0 : sum->part[0], 0)
        : of_sum(sum->part[sum->count - 1], sum->part[sum->count - 2]);
}

// Σg(x − μ) = (m·Σgx − Σx·Σg)/m.
DEVICE void exact_gradient_sums(
    GLOBAL const INT64 *n, GLOBAL const STORED *x, GLOBAL const STORED *dy, GLOBAL const PARAMETER *gamma,
    gradient_parts parts, extended *sum, extended *products)
{
    expansion of_x;
    expansion of_g;
    expansion of_products;
    expansion crossed;
    of_x.count = 0;
    of_g.count = 0;
    of_products.count = 0;
    crossed.count = 0;
    for (int part = 0; part < parts.parts; part++)
    {
        for (int run = 0; run < parts.first.runs; run++)
        {
            INT64 first = parts.first.first + (part * parts.step) + (run * parts.first.distance);
            for (int i = 0; i < parts.first.length; i++)
            {
                REAL g = LOAD(dy, first + i) * parameter(gamma, parts.slot + (parts.has_slots ? i : part), 1);
                REAL value = LOAD(x, first + i);
                grow_by_product(&of_products, g, value);
                if (IS_CENTRED)
                {
                    grow(&of_g, g);
                    grow(&of_x, value);
                }
            }
        }
    }

    for (int i = 0; i < of_products.count; i++)
    {
        grow_by_product(&crossed, of_products.part[i], (REAL)GROUP_SIZE);
    }

    for (int i = 0; i < of_x.count; i++)
    {
        for (int j = 0; j < of_g.count; j++)
        {
            grow_by_product(&crossed, of_g.part[j], -of_x.part[i]);
        }
    }

    *sum = value_of_expansion(&of_g);
    *products = over(value_of_expansion(&crossed), (REAL)GROUP_SIZE);
}

DEVICE void take_gradient_sums(
    GLOBAL const INT64 *n, GLOBAL const REAL *numbers, extended sum, extended products, REAL *mean_of_g,
    REAL *correlation)
{
    *mean_of_g = IS_CENTRED ? value_of(over(sum, (REAL)GROUP_SIZE)) : (REAL)0;
    *correlation = (value_of(products) * numbers[G_INVERSE_STD]) / (REAL)GROUP_SIZE;
}

// A and B of a group, again where there is a doubt.
DEVICE void sum_gradient_again(
    GLOBAL const INT64 *n, GLOBAL const REAL *c, GLOBAL const REAL *numbers, GLOBAL const STORED *x,
    GLOBAL const STORED *dy, GLOBAL const PARAMETER *gamma, gradient_parts parts, REAL squares_of_g, REAL *mean_of_g,
    REAL *correlation)
{
    REAL unit = ldexp((REAL)1, -53);
    REAL rms = sqrt(squares_of_g / (REAL)GROUP_SIZE);
    REAL error = (ROUNDINGS * unit) * rms;
    REAL distance = fabs(numbers[G_MOVED]) * numbers[G_INVERSE_STD];
    REAL moved = (((2 * (ROUNDINGS + 1)) * unit) * rms) * distance;
    if (gradient_holds(n, numbers, error, error + moved, *mean_of_g, *correlation) || !isfinite(rms)
        || !isfinite(*mean_of_g + *correlation))
    {
        return;
    }

    extended sum;
    extended products;
    sums_in_two(n, numbers, x, dy, gamma, parts, &sum, &products);
    take_gradient_sums(n, numbers, sum, products, mean_of_g, correlation);
    REAL additions = ((REAL)parts.parts * parts.first.runs) * ((parts.first.length + LANES - 1) / LANES);
    REAL roundings = (additions + 32) * unit;
    error = (roundings * roundings) * rms;
    if (gradient_holds(n, numbers, error, 2 * error, *mean_of_g, *correlation))
    {
        return;
    }

    exact_gradient_sums(n, x, dy, gamma, parts, &sum, &products);
    take_gradient_sums(n, numbers, sum, products, mean_of_g, correlation);
}
#endif
