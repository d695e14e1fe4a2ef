// One group: where its elements lie, what its chunks contribute, and what comes of them.
//
// Every kernel has the same arguments: n, whole numbers of the plan (their names are defined by the host, see PlanNumber);
// c, its constants; w, scratch memory, whose parts start at numbers of n; then the tensors, null where there is none.

#define ARGUMENTS \
    GLOBAL const INT64 *n, GLOBAL const REAL *c, GLOBAL REAL *w, GLOBAL const STORED *x, GLOBAL const STORED *dy, \
        GLOBAL STORED *out, GLOBAL const PARAMETER *gamma, GLOBAL const PARAMETER *beta, GLOBAL PARAMETER *dgamma, \
        GLOBAL PARAMETER *dbeta, GLOBAL PARAMETER *running_mean, GLOBAL PARAMETER *running_spread, \
        GLOBAL PARAMETER *saved_mean, GLOBAL PARAMETER *saved_inverse_std

// Runs of neighbouring elements at equal distances.
typedef struct
{
    INT64 first;
    int runs;
    INT64 distance;
    int length;
} stretch;

DEVICE stretch stretch_of(INT64 first, int runs, INT64 distance, int length)
{
    stretch result;
    result.first = first;
    result.runs = runs;
    result.distance = distance;
    result.length = length;
    return result;
}

// A chunk of a stretch: some whole runs, or a piece of one.
DEVICE stretch chunk_of(stretch whole, int runs_each, int pieces_each, int index)
{
    if (pieces_each == 1)
    {
        int run = index * runs_each;
        int left = whole.runs - run;
        return stretch_of(
            whole.first + (run * whole.distance), left < runs_each ? left : runs_each, whole.distance, whole.length);
    }

    int run = index / pieces_each;
    int skip = (index - (run * pieces_each)) * CHUNK;
    int left = whole.length - skip;
    return stretch_of(whole.first + (run * whole.distance) + skip, 1, 0, left < CHUNK ? left : CHUNK);
}

// What a chunk contributes to its group: Σx, its mean, Σ(x − mean)², and the smallest abs(x) that is not 0.
typedef struct
{
    extended sum;
    extended mean;
    REAL squares;
    REAL count;
    REAL least;
} chunk_moments;

DEVICE void write_moments(GLOBAL REAL *to, chunk_moments moments)
{
    to[0] = moments.sum.hi;
    to[1] = moments.sum.lo;
    to[2] = moments.mean.hi;
    to[3] = moments.mean.lo;
    to[4] = moments.squares;
    to[5] = moments.count;
    to[6] = moments.least;
}

DEVICE chunk_moments read_moments(GLOBAL const REAL *from)
{
    chunk_moments result;
    result.sum = extended_of(from[0], from[1]);
    result.mean = extended_of(from[2], from[3]);
    result.squares = from[4];
    result.count = from[5];
    result.least = from[6];
    return result;
}

// Mean and variance (divisor m) of a group.
typedef struct
{
    extended mean;
    REAL variance;
    REAL least;
} group_moments;

// v·m = Σ(Qᵢ + nᵢ(μᵢ − μ)²) (Chan, Golub, LeVeque 1979).
DEVICE group_moments merged_moments(GLOBAL const REAL *chunks, int count)
{
    group_moments result;
    chunk_moments first = read_moments(chunks);
    if (count == 1)
    {
        result.mean = first.mean;
        result.variance = first.squares / first.count;
        result.least = first.least;
        return result;
    }

    extended total = extended_of(0, 0);
    REAL m = 0;
    result.least = INFINITY;
    for (int i = 0; i < count; i++)
    {
        chunk_moments chunk = read_moments(chunks + (i * MOMENTS_SIZE));
        total = plus(total, chunk.sum);
        m += chunk.count;
        result.least = chunk.least < result.least ? chunk.least : result.least;
    }

    result.mean = over(total, m);
    extended squares = extended_of(0, 0);
    for (int i = 0; i < count; i++)
    {
        chunk_moments chunk = read_moments(chunks + (i * MOMENTS_SIZE));
        REAL distance = (chunk.mean.hi - result.mean.hi) + (chunk.mean.lo - result.mean.lo);
        squares = plus_number(squares, chunk.squares);
        squares = plus_number(squares, (chunk.count * distance) * distance);
    }

    result.variance = value_of(squares) / m;
    return result;
}

DEVICE REAL std_of(group_moments moments, GLOBAL const REAL *c)
{
    return sqrt(moments.variance + EPSILON);
}

// r = clip(σ_B/σ, 1/rmax, rmax) and d = clip((μ_B − μ)/σ, −dmax, dmax) of batch renorm (Ioffe 2017); 1 and 0 elsewhere.
DEVICE void write_correction(
    GLOBAL const INT64 *n, GLOBAL const REAL *c, GLOBAL REAL *numbers, GLOBAL const PARAMETER *running_mean,
    GLOBAL const PARAMETER *running_spread, INT64 channel, extended mean, REAL std)
{
    numbers[G_R] = 1;
    numbers[G_D] = 0;
    if (IS_RENORM && !IS_INFERENCE)
    {
        REAL running = running_mean[channel];
        REAL spread = running_spread[channel];
        numbers[G_R] = clamped(std / spread, 1 / R_MAX, R_MAX);
        numbers[G_D] = clamped(less_number(mean, running) / spread, -D_MAX, D_MAX);
    }
}

// x̂ = (x − mean)·inverse_std + rest.
DEVICE void write_centre(GLOBAL REAL *numbers, extended mean, REAL inverse_std)
{
    numbers[G_MEAN] = mean.hi;
    numbers[G_MEAN_LOW] = mean.lo;
    numbers[G_INVERSE_STD] = inverse_std;

    // Not 0·∞, which would make a NaN of an infinite x̂.
    numbers[G_REST] = mean.lo == 0 ? (REAL)0 : -mean.lo * inverse_std;
}

DEVICE void blend(GLOBAL PARAMETER *running, INT64 channel, REAL latest, REAL momentum)
{
    REAL kept = (1 - momentum) * (REAL)running[channel];
    running[channel] = (PARAMETER)(kept + (momentum * latest));
}

// What a group is normalized with; a forward saves its statistics and updates the running ones.
DEVICE void keep_moments(
    GLOBAL const INT64 *n, GLOBAL const REAL *c, GLOBAL REAL *numbers, GLOBAL PARAMETER *running_mean,
    GLOBAL PARAMETER *running_spread, GLOBAL PARAMETER *saved_mean, GLOBAL PARAMETER *saved_inverse_std, INT64 group,
    INT64 channel, group_moments moments)
{
    REAL std = std_of(moments, c);
    write_correction(n, c, numbers, running_mean, running_spread, channel, moments.mean, std);
    write_centre(numbers, moments.mean, 1 / std);
    if (IS_BACKWARD)
    {
        return;
    }

    if (saved_mean)
    {
        saved_mean[group] = (PARAMETER)value_of(moments.mean);
    }

    if (saved_inverse_std)
    {
        saved_inverse_std[group] = (PARAMETER)(1 / std);
    }

    if (running_mean)
    {
        REAL count = GROUP_SIZE;
        REAL others = count - 1 < 1 ? (REAL)1 : count - 1;
        REAL spread = IS_RENORM ? std
            : STORES_POPULATION ? moments.variance
            : (moments.variance * count) / others;
        blend(running_mean, channel, value_of(moments.mean), MOMENTUM);
        blend(running_spread, channel, spread, MOMENTUM);
    }
}

// Statistics that are given: the running ones (inference), or those that the forward saved (Fast).
DEVICE void keep_given(
    GLOBAL const INT64 *n, GLOBAL const REAL *c, GLOBAL REAL *numbers, GLOBAL const PARAMETER *running_mean,
    GLOBAL const PARAMETER *running_spread, GLOBAL const PARAMETER *saved_mean,
    GLOBAL const PARAMETER *saved_inverse_std, INT64 group, INT64 channel)
{
    extended mean = extended_of(IS_INFERENCE ? (REAL)running_mean[channel] : parameter(saved_mean, group, 0), 0);
    REAL inverse;
    if (IS_INFERENCE)
    {
        // ε is inside renorm's standard deviation already.
        REAL spread = running_spread[channel];
        inverse = IS_RENORM ? 1 / spread : 1 / sqrt(spread + EPSILON);
    }
    else
    {
        inverse = saved_inverse_std[group];
    }

    write_correction(n, c, numbers, running_mean, running_spread, channel, mean, 1 / inverse);
    write_centre(numbers, mean, inverse);
}

// The variance was taken about a pivot and moved to the mean. That loses (μ − pivot)²/(v + ε) in units of 2⁻⁵³: nothing
// that matters as long as both are of a size.
DEVICE int trusts(GLOBAL const REAL *c, group_moments moments, REAL pivot)
{
    REAL distance = less_number(moments.mean, pivot);
    return distance * distance <= 1024 * (moments.variance + EPSILON);
}
