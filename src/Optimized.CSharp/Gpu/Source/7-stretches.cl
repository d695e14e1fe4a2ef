// Sums over stretches of neighbouring elements: channels-first data, and the rows of layer and RMS norm. A team of 64 items
// takes a chunk; x goes to local memory once, whatever is made of it.

// The elements that one chain of a team adds, in order: lane and chain of an item, while there are four packs of 16, then
// single packs, which are the first chain's.
#define EACH_OF_CHAIN(i, length, chains, item) \
    int i = (item); \
    i < ((item) < LANES ? (length) : (item) < (chains) * LANES ? (length) - ((length) % TURN) : 0); \
    i += i < (length) - ((length) % TURN) ? (chains) * LANES : LANES

// Room for a chunk, where packs can be put.
#define TILE(name) LOCAL_ARRAY RAW name[CHUNK] __attribute__((aligned(16)))

// Brings x of a chunk to local memory, by packs where lines begin and end with one.
DEVICE void fetch(
    GLOBAL const INT64 *n, GLOBAL const STORED *x, stretch chunk, LOCAL RAW *tile, int item, int is_needed)
{
    int width = (int)ITEM_WIDTH;
    int each = chunk.length / width;
    int count = is_needed ? chunk.runs * each : 0;
    for (int i = item; i < count; i += TEAM)
    {
        int run = i / each;
        INT64 from = chunk.first + (run * chunk.distance) + ((i - (run * each)) * width);
        if (width == 1)
        {
            tile[i] = RAW_OF(x)[from];
        }
        else
        {
            *(LOCAL pack *)(tile + (i * width)) = *(GLOBAL const pack *)(x + from);
        }
    }

    BARRIER;
}

#if !COMPENSATES
// Where runs are shorter than a turn (SHORT_RUNS), the runs of a chunk are added up first, position by position and four at a
// time; then the positions are.
#define RUNS_OF_TURN 4

// What up to four runs add to a position: plain terms, squares, or products; in one chain, or four as a tree.
#define RUNS_TERMS 0
#define RUNS_SQUARES 1
#define RUNS_PRODUCTS 2

DEVICE REAL sum_of_runs(int kind, const REAL *a, const REAL *b, int rows, int is_tree)
{
    lane_sum sum = empty_lane();
    if (is_tree && rows == RUNS_OF_TURN && kind == RUNS_SQUARES)
    {
        add_four_squares(&sum, a[0], a[1], a[2], a[3]);
    }
    else if (is_tree && rows == RUNS_OF_TURN)
    {
        add_four(&sum, a[0], a[1], a[2], a[3]);
    }
    else
    {
        for (int row = 0; row < rows; row++)
        {
            if (kind == RUNS_TERMS)
            {
                add(&sum.a, a[row]);
            }
            else if (kind == RUNS_SQUARES)
            {
                add_square(&sum.a, a[row]);
            }
            else
            {
                add_product(&sum.a, b[row], a[row]);
            }
        }
    }

    return close_lane(&sum).sum;
}

// Runs from this one on that are added up together.
DEVICE int runs_from(stretch chunk, int run)
{
    return chunk.runs - run < RUNS_OF_TURN ? chunk.runs - run : RUNS_OF_TURN;
}

// Σ(x − pivot), or Σ(x − pivot)², of one position.
DEVICE REAL sum_of_position(int kind, LOCAL const RAW *tile, stretch chunk, int i, REAL pivot)
{
    REAL total = 0;
    for (int run = 0; run < chunk.runs; run += RUNS_OF_TURN)
    {
        REAL terms[RUNS_OF_TURN];
        int rows = runs_from(chunk, run);
        for (int row = 0; row < rows; row++)
        {
            terms[row] = LOAD_LOCAL(tile, ((run + row) * chunk.length) + i) - pivot;
        }

        total += sum_of_runs(kind, terms, terms, rows, 1);
    }

    return total;
}
#endif

#if WATCHES
// Σx of a chunk with twice the digits, where there is a doubt.
DEVICE extended sum_again(
    LOCAL const RAW *tile, stretch chunk, extended before, int is_doubtful, LOCAL REAL *scratch, int item)
{
    chain sum = empty_chain();
    for (int run = 0; run < (is_doubtful ? chunk.runs : 0); run++)
    {
        for (EACH_OF_CHAIN(i, chunk.length, 2, item))
        {
            add_with_lost(&sum, LOAD_LOCAL(tile, (run * chunk.length) + i));
        }
    }

    extended total = total_compensated(scratch, sum, item, is_doubtful);
    return is_doubtful ? total : before;
}

// The smallest magnitude that is not 0 of what the items of a team met.
DEVICE REAL least_of_team(LOCAL REAL *scratch, REAL own, int item)
{
    scratch[item] = own;
    for (int half_of = TEAM / 2; half_of > 0; half_of /= 2)
    {
        BARRIER;
        if (item < half_of && scratch[half_of + item] < scratch[item])
        {
            scratch[item] = scratch[half_of + item];
        }
    }

    BARRIER;
    REAL result = scratch[0];
    BARRIER;
    return result;
}
#endif

// Σx and Σ(x − mean)² of a chunk, in two looks at local memory.
DEVICE chunk_moments moments_of(
    GLOBAL const INT64 *n, LOCAL const RAW *tile, stretch chunk, LOCAL REAL *scratch, int item)
{
    chunk_moments result;
    result.count = (REAL)(chunk.runs * chunk.length);
    result.least = INFINITY;
    chain sum = empty_chain();
#if !COMPENSATES
    if (SHORT_RUNS)
    {
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            add(&sum, sum_of_position(RUNS_TERMS, tile, chunk, i, 0));
        }
    }
#endif

    for (int run = 0; run < (IS_CENTRED && !SHORT_RUNS ? chunk.runs : 0); run++)
    {
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            add(&sum, LOAD_LOCAL(tile, (run * chunk.length) + i));
        }
    }

    result.sum = total_of(scratch, sum, item);
    result.mean = over(result.sum, result.count);
    chain squares = empty_chain();
    REAL least = INFINITY;
    for (int run = 0; run < chunk.runs; run++)
    {
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            REAL value = LOAD_LOCAL(tile, (run * chunk.length) + i);
#if COMPENSATES
            add_square(&squares, (value - result.mean.hi) - result.mean.lo);
#else
            add_square(&squares, SHORT_RUNS ? (REAL)0 : value - result.mean.hi);
#endif
#if WATCHES
            least = least_of(least, value);
#endif
        }
    }

#if !COMPENSATES
    if (SHORT_RUNS)
    {
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            add(&squares, sum_of_position(RUNS_SQUARES, tile, chunk, i, result.mean.hi));
        }
    }
#endif

    REAL sum_of_squares = value_of(total_of(scratch, squares, item));
    result.squares = COMPENSATES
        ? sum_of_squares
        : at_least_zero(sum_of_squares - ((result.count * result.mean.lo) * result.mean.lo));
#if WATCHES
    result.least = least_of_team(scratch, least, item);
    int is_doubtful = IS_CENTRED && isfinite(result.sum.hi)
        && !holds(result.sum.hi, result.squares, result.count, result.least, 0);
    result.sum = sum_again(tile, chunk, result.sum, is_doubtful, scratch, item);
    result.mean = IS_CENTRED ? over(result.sum, result.count) : result.mean;
#endif
    return result;
}

// Σdy and Σdy(x − μ), the latter scaled: of a unit, the elements of a group that share γ.
typedef struct
{
    extended dy;
    extended products;
} unit_sums;

DEVICE unit_sums read_sums(GLOBAL const REAL *from)
{
    unit_sums result;
    result.dy = extended_of(from[0], from[1]);
    result.products = extended_of(from[2], from[3]);
    return result;
}

DEVICE void write_sums(GLOBAL REAL *to, unit_sums sums)
{
    to[0] = sums.dy.hi;
    to[1] = sums.dy.lo;
    to[2] = sums.products.hi;
    to[3] = sums.products.lo;
}

// The sums of a unit from those of its chunks, in order.
DEVICE unit_sums merged_sums(GLOBAL const REAL *chunks, int count)
{
    unit_sums total = read_sums(chunks);
    for (int chunk = 1; chunk < count; chunk++)
    {
        unit_sums other = read_sums(chunks + (chunk * SUMS_SIZE));
        total.dy = plus(total.dy, other.dy);
        total.products = plus(total.products, other.products);
    }

    return total;
}

// dy, or γ·dy where every position has a γ of its own.
DEVICE REAL gradient_at(
    GLOBAL const INT64 *n, GLOBAL const STORED *dy, GLOBAL const PARAMETER *gamma, INT64 i, INT64 position)
{
    REAL value = LOAD(dy, i);
    return IS_ROWS ? value * parameter(gamma, position, 1) : value;
}

// Sums for the gradient of a chunk, about the mean of its group.
DEVICE unit_sums products_of(
    GLOBAL const INT64 *n, GLOBAL const REAL *numbers, LOCAL const RAW *tile, GLOBAL const STORED *dy,
    GLOBAL const PARAMETER *gamma, stretch chunk, INT64 position, LOCAL REAL *scratch, int item)
{
    REAL mean = numbers[G_MEAN];
    REAL rest = numbers[G_MEAN_LOW];
    REAL scale = scale_of(numbers[G_INVERSE_STD]);
    chain sum = empty_chain();
    chain products = empty_chain();
#if !COMPENSATES
    if (SHORT_RUNS)
    {
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            REAL total = 0;
            REAL total_of_products = 0;
            for (int run = 0; run < chunk.runs; run += RUNS_OF_TURN)
            {
                REAL g[RUNS_OF_TURN];
                REAL terms[RUNS_OF_TURN];
                int rows = runs_from(chunk, run);
                for (int row = 0; row < rows; row++)
                {
                    g[row] = LOAD(dy, chunk.first + ((run + row) * chunk.distance) + i);
                    terms[row] = g[row] * (LOAD_LOCAL(tile, ((run + row) * chunk.length) + i) - mean);
                }

                total += sum_of_runs(RUNS_TERMS, g, g, rows, 1);
                total_of_products += sum_of_runs(RUNS_TERMS, terms, terms, rows, 1);
            }

            add(&sum, total);
            add(&products, total_of_products);
        }
    }
#endif

    for (int run = 0; run < (SHORT_RUNS ? 0 : chunk.runs); run++)
    {
        INT64 first = chunk.first + (run * chunk.distance);
        for (EACH_OF_CHAIN(i, chunk.length, CHAINS, item))
        {
            REAL g = gradient_at(n, dy, gamma, first + i, position + i);
            REAL value = LOAD_LOCAL(tile, (run * chunk.length) + i);
#if COMPENSATES
            REAL deviation = ((value - mean) - rest) * scale;
#else
            REAL deviation = value - mean;
#endif
            add(&sum, g);
            add(&products, g * deviation);
        }
    }

    unit_sums result;
    result.dy = total_of(scratch, sum, item);
    extended total = total_of(scratch, products, item);
    result.products = extended_of(
        COMPENSATES ? value_of(total) : value_of(total) - ((rest * scale) * value_of(result.dy)), 0);
    return result;
}

DEVICE stretch group_stretch(GLOBAL const INT64 *n, INT64 group)
{
    return stretch_of(group * GROUP_STEP, (int)GROUP_RUNS, GROUP_DISTANCE, (int)GROUP_LENGTH);
}

DEVICE stretch unit_stretch(GLOBAL const INT64 *n, INT64 group, INT64 unit)
{
    return stretch_of((group * GROUP_STEP) + (unit * UNIT_STEP), (int)GROUP_RUNS, GROUP_DISTANCE, (int)UNIT_LENGTH);
}

// Whether a group was finished from what the forward saved.
DEVICE int is_done(GLOBAL const INT64 *n, GLOBAL const REAL *numbers)
{
    return HAS_HINTS && numbers[G_TRUSTED] != 0;
}

// Moments of every chunk of every group.
KERNEL(TEAM) stretch_moments(ARGUMENTS)
{
    TILE(tile);
    LOCAL_ARRAY REAL scratch[TEAM_SCRATCH];
    INT64 group = GROUP_ID / CHUNKS;
    int index = (int)(GROUP_ID - (group * CHUNKS));
    if (is_done(n, w + GROUPS_AT + (group * NUMBERS_SIZE)))
    {
        return;
    }

    stretch chunk = chunk_of(group_stretch(n, group), (int)RUNS_EACH, (int)PIECES_EACH, index);
    fetch(n, x, chunk, tile, LOCAL_ID, 1);
    chunk_moments moments = moments_of(n, tile, chunk, scratch, LOCAL_ID);
    if (LOCAL_ID == 0)
    {
        write_moments(w + MOMENTS_AT + (((group * MOMENTS_OF_GROUP) + index) * MOMENTS_SIZE), moments);
    }
}

// Sums for the gradient of every chunk of every unit.
KERNEL(TEAM) stretch_products(ARGUMENTS)
{
    TILE(tile);
    LOCAL_ARRAY REAL scratch[TEAM_SCRATCH];
    INT64 unit = GROUP_ID / UNIT_CHUNKS;
    int index = (int)(GROUP_ID - (unit * UNIT_CHUNKS));
    INT64 group = unit / UNITS;
    GLOBAL const REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);
    if (is_done(n, numbers))
    {
        return;
    }

    stretch all = unit_stretch(n, group, unit - (group * UNITS));
    stretch chunk = chunk_of(all, (int)UNIT_RUNS_EACH, (int)UNIT_PIECES_EACH, index);
    fetch(n, x, chunk, tile, LOCAL_ID, 1);
    unit_sums sums = products_of(
        n, numbers, tile, dy, gamma, chunk, chunk.first - all.first, scratch, LOCAL_ID);
    if (LOCAL_ID == 0)
    {
        write_sums(w + SUMS_AT + (GROUP_ID * SUMS_SIZE), sums);
    }
}

#if !COMPENSATES
// Moments and sums for the gradient of every chunk of every unit in one look, about the mean that the forward saved. Each
// quarter of the team takes one of the four sums: they are single chains.
KERNEL(TEAM) stretch_gather(ARGUMENTS)
{
#if WATCHES
    TILE(tile);
#endif
    LOCAL_ARRAY REAL scratch[TEAM_SCRATCH];
    int item = LOCAL_ID;
    INT64 unit = GROUP_ID / UNIT_CHUNKS;
    int index = (int)(GROUP_ID - (unit * UNIT_CHUNKS));
    INT64 group = unit / UNITS;
    stretch all = unit_stretch(n, group, unit - (group * UNITS));
    stretch chunk = chunk_of(all, (int)UNIT_RUNS_EACH, (int)UNIT_PIECES_EACH, index);
    INT64 position = chunk.first - all.first;
    REAL pivot = parameter(saved_mean, group, 0);
    int lane = item % LANES;
    int kind = item / LANES;
    chain own = empty_chain();
    REAL least = INFINITY;
    for (int i = lane; SHORT_RUNS && i < chunk.length; i += LANES)
    {
        REAL total = 0;
        for (int run = 0; run < chunk.runs; run += RUNS_OF_TURN)
        {
            REAL g[RUNS_OF_TURN];
            REAL deviations[RUNS_OF_TURN];
            int rows = runs_from(chunk, run);
            for (int row = 0; row < rows; row++)
            {
                INT64 at = chunk.first + ((run + row) * chunk.distance) + i;
                REAL value = LOAD(x, at);
                g[row] = kind >= 2 ? LOAD(dy, at) : (REAL)0;
                deviations[row] = value - pivot;
#if WATCHES
                least = least_of(least, value);
#endif
            }

            total += sum_of_runs(
                kind == 1 ? RUNS_SQUARES : kind == 3 ? RUNS_PRODUCTS : RUNS_TERMS, kind == 2 ? g : deviations, g, rows,
                0);
        }

        add(&own, total);
    }

    for (int run = 0; run < (SHORT_RUNS ? 0 : chunk.runs); run++)
    {
        INT64 first = chunk.first + (run * chunk.distance);
        for (int i = lane; i < chunk.length; i += LANES)
        {
            if (kind == 2)
            {
                add(&own, gradient_at(n, dy, gamma, first + i, position + i));
                continue;
            }

            REAL value = LOAD(x, first + i);
            REAL deviation = value - pivot;
            if (kind == 0)
            {
                add(&own, deviation);
#if WATCHES
                least = least_of(least, value);
#endif
            }
            else if (kind == 1)
            {
                add_square(&own, deviation);
            }
            else
            {
                add_product(&own, gradient_at(n, dy, gamma, first + i, position + i), deviation);
            }
        }
    }

    // Other chains of the lane are empty: 0 + 0 changes nothing, and lanes are added by halves.
    scratch[item] = own.sum;
    for (int half_of = LANES / 2; half_of > 0; half_of /= 2)
    {
        BARRIER;
        if (lane < half_of)
        {
            scratch[item] += scratch[item + half_of];
        }
    }

    BARRIER;
    REAL deviation = scratch[0];
    REAL about_pivot = scratch[LANES];
    REAL sum_of_dy = scratch[2 * LANES];
    REAL products = scratch[3 * LANES];
    BARRIER;
    chunk_moments moments;
    moments.count = (REAL)(chunk.runs * chunk.length);
    moments.least = INFINITY;
    moments.sum = IS_CENTRED
        ? plus(of_product(pivot, moments.count), extended_of(deviation, 0))
        : extended_of(0, 0);
    moments.squares = IS_CENTRED
        ? at_least_zero(about_pivot - (deviation * (deviation / moments.count)))
        : about_pivot;
#if WATCHES
    moments.least = least_of_team(scratch, least, item);
    int is_doubtful = IS_CENTRED && isfinite(moments.sum.hi)
        && !holds(deviation, moments.squares, moments.count, moments.least, pivot);
    fetch(n, x, chunk, tile, item, is_doubtful);
    moments.sum = sum_again(tile, chunk, moments.sum, is_doubtful, scratch, item);
#endif
    moments.mean = IS_CENTRED ? over(moments.sum, moments.count) : extended_of(0, 0);
    if (item == 0)
    {
        unit_sums sums;
        sums.dy = extended_of(sum_of_dy, 0);
        sums.products = extended_of(products, 0);
        write_sums(w + SUMS_AT + (GROUP_ID * SUMS_SIZE), sums);
        INT64 in_group = GROUP_ID - (group * UNITS * UNIT_CHUNKS);
        write_moments(w + MOMENTS_AT + (((group * MOMENTS_OF_GROUP) + in_group) * MOMENTS_SIZE), moments);
    }
}
#endif
