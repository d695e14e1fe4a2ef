// Channels-last data: matrices of positions × channels, cut into chunks of rows. A team takes 16 columns of a chunk; each of
// its items takes every 16th turn (a few rows) of a column, and the sums of turns are added in order.

#define COLUMN_TEAM 256
#define SLOTS (COLUMN_TEAM / LANES)

// Sums of a column about its pivot; which of them are asked for is said by a kind.
#define KIND_SUM 0
#define KIND_SQUARES 1
#define KIND_PRODUCTS 2
#define KIND_LOOK 3
#define KIND_GATHER 4
#define KIND_SUM_AGAIN 5

// Planes of numbers, one number a column, that a chunk and a matrix have.
#define SUM 0
#define SUM_LOST 1
#define SQUARES 2
#define SQUARES_LOST 3
#define DY 4
#define DY_LOST 5
#define PRODUCTS 6
#define PRODUCTS_LOST 7
#define LEAST 8

// Some columns of some rows.
typedef struct
{
    INT64 first;
    int rows;
    int columns;
    int turn;
} tile_of_rows;

typedef struct
{
    REAL mean;
    REAL rest;
    REAL scale;
} column_pivot;

DEVICE int rows_of_turn(int columns)
{
    int rows = 2048 / columns;
    return rows < 4 ? 4 : rows > 16 ? 16 : rows;
}

DEVICE REAL deviation_of(column_pivot pivot, REAL value)
{
#if COMPENSATES
    return (value - pivot.mean) - pivot.rest;
#else
    return value - pivot.mean;
#endif
}

DEVICE REAL scaled_deviation_of(column_pivot pivot, REAL value)
{
#if COMPENSATES
    return deviation_of(pivot, value) * pivot.scale;
#else
    return deviation_of(pivot, value);
#endif
}

// The sums that one column has of one turn: up to four, by kind.
typedef struct
{
    chain of[4];
    REAL least;
} turn_sums;

DEVICE void add_row(int kind, lane_sum *sums, REAL *least, column_pivot pivot, REAL value, REAL g)
{
    REAL deviation = deviation_of(pivot, value);
    if (kind == KIND_SUM)
    {
        add(&sums[0].a, value);
    }
    else if (kind == KIND_SUM_AGAIN)
    {
        add_with_lost(&sums[0].a, value);
    }
    else if (kind == KIND_SQUARES)
    {
        add_square(&sums[1].a, deviation);
    }
    else if (kind == KIND_PRODUCTS)
    {
        add(&sums[2].a, g);
        add(&sums[3].a, g * scaled_deviation_of(pivot, value));
    }
    else
    {
        add(&sums[0].a, deviation);
        add_square(&sums[1].a, deviation);
        if (kind == KIND_GATHER)
        {
            add(&sums[2].a, g);
            add_product(&sums[3].a, g, deviation);
        }
    }

#if WATCHES
    *least = least_of(*least, value);
#endif
}

DEVICE turn_sums sums_of_turn(
    int kind, GLOBAL const STORED *x, GLOBAL const STORED *dy, tile_of_rows tile, INT64 distance, int top,
    column_pivot pivot)
{
    lane_sum sums[4];
    for (int i = 0; i < 4; i++)
    {
        sums[i] = empty_lane();
    }

    turn_sums result;
    result.least = INFINITY;
    int rows = tile.rows - top < tile.turn ? tile.rows - top : tile.turn;
    INT64 i = tile.first + (top * distance);
    if (tile.columns == LANES && kind != KIND_GATHER)
    {
        for (; rows >= 4; rows -= 4, i += 4 * distance)
        {
            REAL v0 = LOAD(x, i);
            REAL v1 = LOAD(x, i + distance);
            REAL v2 = LOAD(x, i + (2 * distance));
            REAL v3 = LOAD(x, i + (3 * distance));
            if (kind == KIND_SUM)
            {
                add_four(&sums[0], v0, v1, v2, v3);
            }
            else if (kind == KIND_SUM_AGAIN)
            {
                add_with_lost(&sums[0].a, v0);
                add_with_lost(&sums[0].b, v1);
                add_with_lost(&sums[0].a, v2);
                add_with_lost(&sums[0].b, v3);
            }
            else if (kind == KIND_PRODUCTS)
            {
                REAL g0 = LOAD(dy, i);
                REAL g1 = LOAD(dy, i + distance);
                REAL g2 = LOAD(dy, i + (2 * distance));
                REAL g3 = LOAD(dy, i + (3 * distance));
                add_four(&sums[2], g0, g1, g2, g3);
                add_four(
                    &sums[3], g0 * scaled_deviation_of(pivot, v0), g1 * scaled_deviation_of(pivot, v1),
                    g2 * scaled_deviation_of(pivot, v2), g3 * scaled_deviation_of(pivot, v3));
            }
            else
            {
                REAL d0 = deviation_of(pivot, v0);
                REAL d1 = deviation_of(pivot, v1);
                REAL d2 = deviation_of(pivot, v2);
                REAL d3 = deviation_of(pivot, v3);
                if (kind == KIND_LOOK)
                {
                    add_four(&sums[0], d0, d1, d2, d3);
                }

                add_four_squares(&sums[1], d0, d1, d2, d3);
            }

#if WATCHES
            result.least = least_of(least_of(least_of(least_of(result.least, v0), v1), v2), v3);
#endif
        }
    }

    for (; rows > 0; rows--, i += distance)
    {
        REAL g = kind == KIND_PRODUCTS || kind == KIND_GATHER ? LOAD(dy, i) : (REAL)0;
        add_row(kind, sums, &result.least, pivot, LOAD(x, i), g);
    }

    result.of[0] = kind == KIND_SUM_AGAIN ? close_compensated(sums[0].a, sums[0].b) : close_lane(&sums[0]);
    result.of[1] = close_lane(&sums[1]);
    result.of[2] = close_lane(&sums[2]);
    result.of[3] = close_lane(&sums[3]);
    return result;
}

// Sums of a column over a tile: all items of a team call it, every item of a column gets its sums.
// local memory: two numbers for every item and sum, and one for the smallest magnitudes.
#define COLUMN_SCRATCH (9 * COLUMN_TEAM)

DEVICE turn_sums sums_of_column(
    int kind, GLOBAL const STORED *x, GLOBAL const STORED *dy, tile_of_rows tile, INT64 distance, column_pivot pivot,
    LOCAL REAL *scratch, int item)
{
    int slot = item / LANES;
    int lane = item % LANES;
    int first = kind == KIND_SQUARES ? 1 : kind == KIND_PRODUCTS ? 2 : 0;
    int end = kind == KIND_SUM || kind == KIND_SUM_AGAIN ? 1 : kind == KIND_SQUARES || kind == KIND_LOOK ? 2 : 4;
    turn_sums total;
    total.least = INFINITY;
    for (int i = 0; i < 4; i++)
    {
        total.of[i] = empty_chain();
    }

    int turns = (tile.rows + tile.turn - 1) / tile.turn;
    for (int base = 0; base < turns; base += SLOTS)
    {
        if (base + slot < turns && lane < tile.columns)
        {
            turn_sums own = sums_of_turn(kind, x, dy, tile, distance, (base + slot) * tile.turn, pivot);
            for (int i = first; i < end; i++)
            {
                scratch[(2 * i * COLUMN_TEAM) + item] = own.of[i].sum;
                scratch[(((2 * i) + 1) * COLUMN_TEAM) + item] = own.of[i].lost;
            }

            scratch[(8 * COLUMN_TEAM) + item] = own.least;
        }

        BARRIER;
        int there = turns - base < SLOTS ? turns - base : SLOTS;
        for (int other = 0; other < there && lane < tile.columns; other++)
        {
            int at = (other * LANES) + lane;
            for (int i = first; i < end; i++)
            {
                chain part;
                part.sum = scratch[(2 * i * COLUMN_TEAM) + at];
                part.lost = scratch[(((2 * i) + 1) * COLUMN_TEAM) + at];
                if (kind == KIND_SUM_AGAIN)
                {
                    close_compensated_into(&total.of[i], part);
                }
                else
                {
                    close_into(&total.of[i], part);
                }
            }

            REAL least = scratch[(8 * COLUMN_TEAM) + at];
            total.least = least < total.least ? least : total.least;
        }

        BARRIER;
    }

    return total;
}

// Mean of a column from its sum, and what that lacks.
DEVICE extended mean_of_column(REAL sum, REAL lost, REAL rows)
{
    REAL mean = sum / rows;
    return extended_of(mean, (fma(-mean, rows, sum) + lost) / rows);
}

// A power of two near 1/σ, as far as the sums of some rows know: m·σ² ≥ Q + n·ε.
DEVICE REAL column_scale(GLOBAL const INT64 *n, GLOBAL const REAL *c, REAL squares, REAL rows)
{
    REAL known = squares + (rows * EPSILON);
    return power_near_root((REAL)GROUP_SIZE, known < SMALLEST ? SMALLEST : known);
}

// What is known of a column of a chunk.
typedef struct
{
    chain sum;
    chain squares;
    chain dy;
    chain products;
    REAL least;
} column_sums;

// Σx and Σ(x − mean)², in two looks.
DEVICE void find_column_moments(
    GLOBAL const STORED *x, tile_of_rows tile, INT64 distance, column_pivot *pivot, column_sums *sums,
    LOCAL REAL *scratch, int item)
{
    REAL rows = tile.rows;
    sums->sum = sums_of_column(KIND_SUM, x, x, tile, distance, *pivot, scratch, item).of[0];
    extended mean = mean_of_column(sums->sum.sum, sums->sum.lost, rows);
    pivot->mean = mean.hi;
    pivot->rest = mean.lo;
    turn_sums squares = sums_of_column(KIND_SQUARES, x, x, tile, distance, *pivot, scratch, item);
    sums->squares = squares.of[1];
    sums->least = squares.least;
#if !COMPENSATES
    sums->squares.sum = at_least_zero(sums->squares.sum - ((rows * pivot->rest) * pivot->rest));
#endif
}

#if !COMPENSATES
// Makes of sums about a given pivot what the sums of a chunk are otherwise.
DEVICE void move_from_pivot(column_sums *sums, REAL pivot, REAL rows)
{
    REAL deviations = sums->sum.sum;
    REAL distance = deviations / rows;

    // rows·pivot is exact: a binary32 number times a small one.
    REAL whole = rows * pivot;
    REAL sum = whole + deviations;
    REAL part = sum - whole;
    sums->sum.sum = sum;
    sums->sum.lost = (whole - (sum - part)) + (deviations - part);
    sums->squares.sum = at_least_zero(sums->squares.sum - (distance * deviations));
    sums->products.sum = sums->products.sum - (distance * sums->dy.sum);
}

// The mean of the first rows of a strip, as a binary32 number: a pivot for one look.
DEVICE column_pivot sampled_pivot(
    GLOBAL const STORED *x, tile_of_rows tile, INT64 distance, LOCAL REAL *scratch, int item)
{
    column_pivot pivot;
    pivot.mean = 0;
    pivot.rest = 0;
    pivot.scale = 1;
    tile.rows = SAMPLE_ROWS;
    chain sum = sums_of_column(KIND_SUM, x, x, tile, distance, pivot, scratch, item).of[0];
    pivot.mean = (REAL)(float)(sum.sum / SAMPLE_ROWS);
    return pivot;
}
#endif

// Whether some item of a team says so.
DEVICE int any_of_team(LOCAL int *flag, int own, int item)
{
    if (item == 0)
    {
        *flag = 0;
    }

    BARRIER;
    if (own)
    {
        *flag = 1;
    }

    BARRIER;
    int result = *flag;
    BARRIER;
    return result;
}

DEVICE INT64 group_of_column(GLOBAL const INT64 *n, INT64 matrix, INT64 column)
{
    return (matrix * GROUPS_OF_MATRIX) + (column / UNITS);
}

// Sums of every column of a chunk.
KERNEL(COLUMN_TEAM) column_gather(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    LOCAL_ARRAY int flag;
    int item = LOCAL_ID;
    int lane = item % LANES;
    INT64 packs = (CHANNELS + LANES - 1) / LANES;
    INT64 chunk_of_all = GROUP_ID / packs;
    INT64 first_column = (GROUP_ID - (chunk_of_all * packs)) * LANES;
    INT64 matrix = chunk_of_all / CHUNKS;
    INT64 chunk = chunk_of_all - (matrix * CHUNKS);
    INT64 column = first_column + lane;
    int is_column = column < CHANNELS;
    int from_hints = HAS_HINTS && !IS_REPEAT;
    if (HAS_HINTS && IS_REPEAT)
    {
        int waits = is_column
            && w[GROUPS_AT + (group_of_column(n, matrix, column) * NUMBERS_SIZE) + G_TRUSTED] == 0;
        if (!any_of_team(&flag, waits, item))
        {
            return;
        }
    }

    INT64 strip = (first_column / STRIP_COLUMNS) * STRIP_COLUMNS;
    INT64 rows_left = ROWS - (chunk * ROWS_OF_CHUNK);
    tile_of_rows tile;
    tile.columns = (int)(CHANNELS - first_column < LANES ? CHANNELS - first_column : LANES);
    tile.rows = (int)(rows_left < ROWS_OF_CHUNK ? rows_left : ROWS_OF_CHUNK);
    tile.turn = rows_of_turn((int)(CHANNELS - strip < STRIP_COLUMNS ? CHANNELS - strip : STRIP_COLUMNS));
    INT64 top = (matrix * ROWS) * CHANNELS;
    tile.first = top + (chunk * ROWS_OF_CHUNK * CHANNELS) + column;
    REAL rows = tile.rows;
    column_pivot pivot;
    pivot.mean = 0;
    pivot.rest = 0;
    pivot.scale = 1;
    column_sums sums;
    sums.sum = empty_chain();
    sums.squares = empty_chain();
    sums.dy = empty_chain();
    sums.products = empty_chain();
    sums.least = INFINITY;
    REAL known_pivot = 0;
    if (from_hints)
    {
#if !COMPENSATES
        pivot.mean = is_column ? parameter(saved_mean, group_of_column(n, matrix, column), 0) : (REAL)0;
        turn_sums all = sums_of_column(KIND_GATHER, x, dy, tile, CHANNELS, pivot, scratch, item);
        sums.sum = all.of[0];
        sums.squares = all.of[1];
        sums.dy = all.of[2];
        sums.products = all.of[3];
        sums.least = all.least;
        move_from_pivot(&sums, pivot.mean, rows);
        known_pivot = pivot.mean;
#endif
    }
    else if (!FINDS_MOMENTS)
    {
        INT64 group = is_column ? group_of_column(n, matrix, column) : 0;
        pivot.mean = is_column ? w[GROUPS_AT + (group * NUMBERS_SIZE) + G_MEAN] : (REAL)0;
        pivot.scale = is_column ? scale_of(w[GROUPS_AT + (group * NUMBERS_SIZE) + G_INVERSE_STD]) : (REAL)1;
    }
    else if (LOOKS_ONCE)
    {
#if !COMPENSATES
        tile_of_rows start = tile;
        start.first = top + column;
        pivot = sampled_pivot(x, start, CHANNELS, scratch, item);
        turn_sums all = sums_of_column(KIND_LOOK, x, x, tile, CHANNELS, pivot, scratch, item);
        sums.sum = all.of[0];
        sums.squares = all.of[1];
        sums.least = all.least;

        // Σ(x − μ)² − n(μ − pivot)²: below 0 where the pivot is farther from the mean than the data. Such a column is looked
        // at twice, and no other with it.
        REAL moved = (sums.sum.sum / rows) * sums.sum.sum;
        int is_far = is_column && !((sums.squares.sum - moved) - moved >= 0);
        move_from_pivot(&sums, pivot.mean, rows);
        known_pivot = pivot.mean;
        if (any_of_team(&flag, is_far, item))
        {
            column_sums twice = sums;
            column_pivot own = pivot;
            find_column_moments(x, tile, CHANNELS, &own, &twice, scratch, item);
            if (is_far)
            {
                sums = twice;
                known_pivot = 0;
            }
        }
#endif
    }
    else
    {
        find_column_moments(x, tile, CHANNELS, &pivot, &sums, scratch, item);
        if (COMPENSATES && IS_BACKWARD)
        {
            pivot.scale = column_scale(n, c, value_of_chain(sums.squares), rows);
        }
    }

#if WATCHES
    if (from_hints || FINDS_MOMENTS)
    {
        int is_doubtful = is_column && isfinite(sums.sum.sum)
            && !holds(sums.sum.sum - (known_pivot * rows), sums.squares.sum, rows, sums.least, known_pivot);
        if (any_of_team(&flag, is_doubtful, item))
        {
            tile_of_rows again = tile;
            again.turn = LANES;
            chain sum = sums_of_column(KIND_SUM_AGAIN, x, x, again, CHANNELS, pivot, scratch, item).of[0];
            if (is_doubtful)
            {
                extended exact = of_sum(sum.sum, sum.lost);
                sums.sum.sum = exact.hi;
                sums.sum.lost = exact.lo;
            }
        }
    }
#endif
    if (IS_BACKWARD && !from_hints)
    {
        turn_sums all = sums_of_column(KIND_PRODUCTS, x, dy, tile, CHANNELS, pivot, scratch, item);
        sums.dy = all.of[2];
        sums.products = all.of[3];
#if COMPENSATES
        // After an overflow what was lost is NaN, which says nothing.
        sums.dy.lost = isfinite(sums.dy.lost) ? sums.dy.lost : (REAL)0;
        sums.products.lost = isfinite(sums.products.lost) ? sums.products.lost : (REAL)0;
#else
        if (FINDS_MOMENTS)
        {
            sums.products.sum = sums.products.sum - (pivot.rest * sums.dy.sum);
        }
#endif
    }

    if (item < LANES && is_column)
    {
        GLOBAL REAL *to = w + SUMS_AT + (chunk_of_all * COLUMN_PLANES * CHANNELS) + column;
        to[SUM * CHANNELS] = sums.sum.sum;
        to[SUM_LOST * CHANNELS] = sums.sum.lost;
        to[SQUARES * CHANNELS] = sums.squares.sum;
        to[SQUARES_LOST * CHANNELS] = sums.squares.lost;
        to[DY * CHANNELS] = sums.dy.sum;
        to[DY_LOST * CHANNELS] = sums.dy.lost;
        to[PRODUCTS * CHANNELS] = sums.products.sum;
        to[PRODUCTS_LOST * CHANNELS] = sums.products.lost;
        to[LEAST * CHANNELS] = sums.least;
    }
}
