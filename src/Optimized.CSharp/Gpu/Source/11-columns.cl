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

// What elements were added less of; of a matrix, the mean of its first rows.
#define PIVOT 9

// Whether the pivot was farther from the mean than the data.
#define IS_FAR 10

// Σdy² (Faithful).
#define SQUARES_OF_DY 11

// Some columns of some rows.
typedef struct
{
    INT64 first;
    int rows;
    int columns;
} tile_of_rows;

typedef struct
{
    REAL mean;
    REAL rest;
    REAL scale;
} column_pivot;

// Rows that sums take a turn.
#define ROWS_OF_TURN 16

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

// The sums that one column has of one turn: up to five, by kind.
#define SUMS_OF_TURN 5

typedef struct
{
    chain of[SUMS_OF_TURN];
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
        add_square(&sums[4].a, g);
    }
    else
    {
        add(&sums[0].a, deviation);
        add_square(&sums[1].a, deviation);
        if (kind == KIND_GATHER)
        {
            add(&sums[2].a, g);
            add_product(&sums[3].a, g, deviation);
            add_square(&sums[4].a, g);
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
    lane_sum sums[SUMS_OF_TURN];
    for (int i = 0; i < SUMS_OF_TURN; i++)
    {
        sums[i] = empty_lane();
    }

    turn_sums result;
    result.least = INFINITY;
    int rows = tile.rows - top < ROWS_OF_TURN ? tile.rows - top : ROWS_OF_TURN;
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
                add_four_squares(&sums[4], g0, g1, g2, g3);
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
    result.of[4] = close_lane(&sums[4]);
    return result;
}

// Sums of a column over a tile: all items of a team call it, every item of a column gets its sums.
// local memory: two numbers for every item and sum, and one for the smallest magnitudes.
#define COLUMN_SCRATCH (11 * COLUMN_TEAM)

DEVICE turn_sums sums_of_column(
    int kind, GLOBAL const STORED *x, GLOBAL const STORED *dy, tile_of_rows tile, INT64 distance, column_pivot pivot,
    LOCAL REAL *scratch, int item)
{
    int slot = item / LANES;
    int lane = item % LANES;
    int first = kind == KIND_SQUARES ? 1 : kind == KIND_PRODUCTS ? 2 : 0;
    int end = kind == KIND_SUM || kind == KIND_SUM_AGAIN ? 1 : kind == KIND_SQUARES || kind == KIND_LOOK ? 2 : SUMS_OF_TURN;
    turn_sums total;
    total.least = INFINITY;
    for (int i = 0; i < SUMS_OF_TURN; i++)
    {
        total.of[i] = empty_chain();
    }

    int turns = (tile.rows + ROWS_OF_TURN - 1) / ROWS_OF_TURN;
    for (int base = 0; base < turns; base += SLOTS)
    {
        if (base + slot < turns && lane < tile.columns)
        {
            turn_sums own = sums_of_turn(kind, x, dy, tile, distance, (base + slot) * ROWS_OF_TURN, pivot);
            for (int i = first; i < end; i++)
            {
                scratch[(2 * i * COLUMN_TEAM) + item] = own.of[i].sum;
                scratch[(((2 * i) + 1) * COLUMN_TEAM) + item] = own.of[i].lost;
            }

            scratch[(10 * COLUMN_TEAM) + item] = own.least;
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

            REAL least = scratch[(10 * COLUMN_TEAM) + at];
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

DEVICE INT64 group_of_column(GLOBAL const INT64 *n, INT64 matrix, INT64 column)
{
    return (matrix * GROUPS_OF_MATRIX) + (column / UNITS);
}

// What a team is at: 16 columns of a chunk.
typedef struct
{
    INT64 matrix;
    INT64 column;
    int is_column;
    tile_of_rows tile;
    INT64 planes;
} column_work;

DEVICE column_work work_of(GLOBAL const INT64 *n, INT64 team, int item)
{
    column_work work;
    INT64 packs = (CHANNELS + LANES - 1) / LANES;
    INT64 chunk_of_all = team / packs;
    INT64 first_column = (team - (chunk_of_all * packs)) * LANES;
    INT64 chunk = chunk_of_all % CHUNKS;
    INT64 rows_left = ROWS - (chunk * ROWS_OF_CHUNK);
    work.matrix = chunk_of_all / CHUNKS;
    work.column = first_column + (item % LANES);
    work.is_column = work.column < CHANNELS;
    work.tile.columns = (int)(CHANNELS - first_column < LANES ? CHANNELS - first_column : LANES);
    work.tile.rows = (int)(rows_left < ROWS_OF_CHUNK ? rows_left : ROWS_OF_CHUNK);
    work.tile.first = (((work.matrix * ROWS) + (chunk * ROWS_OF_CHUNK)) * CHANNELS) + work.column;
    work.planes = SUMS_AT + (chunk_of_all * COLUMN_PLANES * CHANNELS) + work.column;
    return work;
}

DEVICE chain chain_at(GLOBAL const REAL *sums, INT64 channels, int plane)
{
    chain result;
    result.sum = sums[plane * channels];
    result.lost = sums[(plane + 1) * channels];
    return result;
}

DEVICE void write_chain(GLOBAL REAL *sums, INT64 channels, int plane, chain value)
{
    sums[plane * channels] = value.sum;
    sums[(plane + 1) * channels] = value.lost;
}

DEVICE column_pivot no_pivot(void)
{
    column_pivot pivot;
    pivot.mean = 0;
    pivot.rest = 0;
    pivot.scale = 1;
    return pivot;
}

// Σx and Σ(x − mean)² of every column of a chunk, in two looks. In one look where one look was tried (LOOKS_ONCE): only for
// columns whose pivot was no good, and no other with them.
KERNEL(COLUMN_TEAM) column_moments(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    column_work work = work_of(n, GROUP_ID, item);
    if (LOOKS_ONCE || IS_REPEAT)
    {
        int waits = 0;
        for (int lane = 0; lane < work.tile.columns; lane++)
        {
            INT64 column = work.column - (item % LANES) + lane;
            waits |= LOOKS_ONCE
                ? w[work.planes + (column - work.column) + (IS_FAR * CHANNELS)] != 0
                : !is_done(n, w + GROUPS_AT + (group_of_column(n, work.matrix, column) * NUMBERS_SIZE));
        }

        if (!waits)
        {
            return;
        }
    }

    REAL rows = work.tile.rows;
    column_pivot pivot = no_pivot();
    chain sum = sums_of_column(KIND_SUM, x, x, work.tile, CHANNELS, pivot, scratch, item).of[0];
    extended mean = mean_of_column(sum.sum, sum.lost, rows);
    pivot.mean = mean.hi;
    pivot.rest = mean.lo;
    turn_sums squares = sums_of_column(KIND_SQUARES, x, x, work.tile, CHANNELS, pivot, scratch, item);
#if !COMPENSATES
    squares.of[1].sum = at_least_zero(squares.of[1].sum - ((rows * pivot.rest) * pivot.rest));
#endif
    GLOBAL REAL *to = w + work.planes;
    if (item < LANES && work.is_column && !(LOOKS_ONCE && to[IS_FAR * CHANNELS] == 0))
    {
        write_chain(to, CHANNELS, SUM, sum);
        write_chain(to, CHANNELS, SQUARES, squares.of[1]);
        to[LEAST * CHANNELS] = squares.least;
        to[PIVOT * CHANNELS] = 0;
    }
}

// Σdy and Σdy(x − pivot) of every column of a chunk, about its own mean or a given one.
KERNEL(COLUMN_TEAM) column_products(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    column_work work = work_of(n, GROUP_ID, item);
    GLOBAL REAL *to = w + work.planes;
    column_pivot pivot = no_pivot();
    REAL rows = work.tile.rows;
    if (work.is_column && FINDS_MOMENTS)
    {
        extended mean = mean_of_column(to[SUM * CHANNELS], to[SUM_LOST * CHANNELS], rows);
        pivot.mean = mean.hi;
        pivot.rest = mean.lo;
#if COMPENSATES
        pivot.scale = column_scale(n, c, value_of_chain(chain_at(to, CHANNELS, SQUARES)), rows);
#endif
    }
    else if (work.is_column)
    {
        GLOBAL const REAL *numbers =
            w + GROUPS_AT + (group_of_column(n, work.matrix, work.column) * NUMBERS_SIZE);
        pivot.mean = numbers[G_MEAN];
        pivot.scale = scale_of(numbers[G_INVERSE_STD]);
    }

    turn_sums all = sums_of_column(KIND_PRODUCTS, x, dy, work.tile, CHANNELS, pivot, scratch, item);
    chain of_dy = all.of[2];
    chain products = all.of[3];
#if COMPENSATES
    // After an overflow what was lost is NaN, which says nothing.
    of_dy.lost = isfinite(of_dy.lost) ? of_dy.lost : (REAL)0;
    products.lost = isfinite(products.lost) ? products.lost : (REAL)0;
#else
    products.sum = FINDS_MOMENTS ? products.sum - (pivot.rest * of_dy.sum) : products.sum;
#endif
    if (item < LANES && work.is_column)
    {
        write_chain(to, CHANNELS, DY, of_dy);
        write_chain(to, CHANNELS, PRODUCTS, products);
        to[SQUARES_OF_DY * CHANNELS] = all.of[4].sum;
    }
}

#if !COMPENSATES
// Makes of sums about a given pivot what the sums of a chunk are otherwise.
DEVICE void move_from_pivot(turn_sums *sums, REAL pivot, REAL rows)
{
    REAL deviations = sums->of[0].sum;
    REAL distance = deviations / rows;

    // rows·pivot is exact: a binary32 number times a small one.
    REAL whole = rows * pivot;
    REAL sum = whole + deviations;
    REAL part = sum - whole;
    sums->of[0].sum = sum;
    sums->of[0].lost = (whole - (sum - part)) + (deviations - part);
    sums->of[1].sum = at_least_zero(sums->of[1].sum - (distance * deviations));
    sums->of[3].sum = sums->of[3].sum - (distance * sums->of[2].sum);
}

// The mean of the first rows of a matrix, as a binary32 number: a pivot for one look.
KERNEL(COLUMN_TEAM) column_sample(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    INT64 packs = (CHANNELS + LANES - 1) / LANES;
    INT64 matrix = GROUP_ID / packs;
    column_work work = work_of(n, (matrix * CHUNKS * packs) + (GROUP_ID - (matrix * packs)), item);
    work.tile.rows = SAMPLE_ROWS;
    chain sum = sums_of_column(KIND_SUM, x, x, work.tile, CHANNELS, no_pivot(), scratch, item).of[0];
    if (item < LANES && work.is_column)
    {
        w[MERGED_AT + (((matrix * COLUMN_PLANES) + PIVOT) * CHANNELS) + work.column] =
            (REAL)(float)(sum.sum / SAMPLE_ROWS);
    }
}

// Mean and variance of every column of a chunk in one look, about that pivot.
KERNEL(COLUMN_TEAM) column_look(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    column_work work = work_of(n, GROUP_ID, item);
    column_pivot pivot = no_pivot();
    if (work.is_column)
    {
        pivot.mean = w[MERGED_AT + (((work.matrix * COLUMN_PLANES) + PIVOT) * CHANNELS) + work.column];
    }

    turn_sums sums = sums_of_column(KIND_LOOK, x, x, work.tile, CHANNELS, pivot, scratch, item);
    if (item < LANES && work.is_column)
    {
        REAL rows = work.tile.rows;
        REAL deviations = sums.of[0].sum;

        // Σ(x − μ)² − n(μ − pivot)²: below 0 where the pivot is farther from the mean than the data.
        REAL moved = (deviations / rows) * deviations;
        int is_far = !((sums.of[1].sum - moved) - moved >= 0);
        move_from_pivot(&sums, pivot.mean, rows);
        GLOBAL REAL *to = w + work.planes;
        write_chain(to, CHANNELS, SUM, sums.of[0]);
        write_chain(to, CHANNELS, SQUARES, sums.of[1]);
        to[LEAST * CHANNELS] = sums.least;
        to[PIVOT * CHANNELS] = pivot.mean;
        to[IS_FAR * CHANNELS] = (REAL)is_far;
    }
}

// Everything a backward needs in one look, about the mean that the forward saved.
KERNEL(COLUMN_TEAM) column_gather(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    column_work work = work_of(n, GROUP_ID, item);
    column_pivot pivot = no_pivot();
    if (work.is_column)
    {
        pivot.mean = parameter(saved_mean, group_of_column(n, work.matrix, work.column), 0);
    }

    turn_sums sums = sums_of_column(KIND_GATHER, x, dy, work.tile, CHANNELS, pivot, scratch, item);
    if (item < LANES && work.is_column)
    {
        move_from_pivot(&sums, pivot.mean, (REAL)work.tile.rows);
        GLOBAL REAL *to = w + work.planes;
        write_chain(to, CHANNELS, SUM, sums.of[0]);
        write_chain(to, CHANNELS, SQUARES, sums.of[1]);
        write_chain(to, CHANNELS, DY, sums.of[2]);
        write_chain(to, CHANNELS, PRODUCTS, sums.of[3]);
        to[SQUARES_OF_DY * CHANNELS] = sums.of[4].sum;
        to[LEAST * CHANNELS] = sums.least;
        to[PIVOT * CHANNELS] = pivot.mean;
    }
}
#endif

#if WATCHES
// Whether the sum of a column of a chunk may have been rounded.
DEVICE int is_doubtful(GLOBAL const REAL *sums, INT64 channels, REAL rows)
{
    REAL sum = sums[SUM * channels];
    REAL pivot = sums[PIVOT * channels];
    return isfinite(sum)
        && !holds(sum - (pivot * rows), sums[SQUARES * channels], rows, sums[LEAST * channels], pivot);
}

// Makes Σx of the columns of a chunk exact where there is a doubt.
KERNEL(COLUMN_TEAM) column_sum_again(ARGUMENTS)
{
    LOCAL_ARRAY REAL scratch[COLUMN_SCRATCH];
    int item = LOCAL_ID;
    column_work work = work_of(n, GROUP_ID, item);
    REAL rows = work.tile.rows;
    int waits = 0;
    for (int lane = 0; lane < work.tile.columns; lane++)
    {
        waits |= is_doubtful(w + work.planes - (item % LANES) + lane, CHANNELS, rows);
    }

    if (!waits)
    {
        return;
    }

    chain sum = sums_of_column(KIND_SUM_AGAIN, x, x, work.tile, CHANNELS, no_pivot(), scratch, item).of[0];
    GLOBAL REAL *to = w + work.planes;
    if (item < LANES && work.is_column && is_doubtful(to, CHANNELS, rows))
    {
        extended exact = of_sum(sum.sum, sum.lost);
        to[SUM * CHANNELS] = exact.hi;
        to[SUM_LOST * CHANNELS] = exact.lo;
    }
}
#endif
