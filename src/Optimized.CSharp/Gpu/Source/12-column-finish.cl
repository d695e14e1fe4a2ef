// Channels-last data: from sums of chunks to the numbers of every group.

DEVICE REAL rows_in(GLOBAL const INT64 *n, INT64 chunk)
{
    INT64 left = ROWS - (chunk * ROWS_OF_CHUNK);
    return (REAL)(left < ROWS_OF_CHUNK ? left : ROWS_OF_CHUNK);
}

DEVICE extended mean_at(GLOBAL const REAL *sums, INT64 channels, REAL rows)
{
    return mean_of_column(sums[SUM * channels], sums[SUM_LOST * channels], rows);
}

// Adds to a sum over chunks: what is lost is kept by the compensated ones alone.
DEVICE void add_term(chain *to, REAL term)
{
    add(to, term);
}

// Mean of a chunk less the mean of all of them.
DEVICE REAL distance_of(GLOBAL const INT64 *n, GLOBAL const REAL *part, extended mean, INT64 chunk)
{
    if (CHUNKS == 1)
    {
        return 0;
    }

    extended own = mean_at(part, CHANNELS, rows_in(n, chunk));
    return (own.hi - mean.hi) + (own.lo - mean.lo);
}

// The sums of all chunks of a matrix, about the mean of each column: v·n = Σ(Qᵢ + nᵢ(μᵢ − μ)²), and likewise
// Σdy(x − μ) = Σ(Pᵢ + (μᵢ − μ)Dᵢ), where products come and go scaled.
KERNEL(TEAM) column_merge(ARGUMENTS)
{
    INT64 at = (GROUP_ID * TEAM) + LOCAL_ID;
    INT64 matrix = at / CHANNELS;
    INT64 column = at - (matrix * CHANNELS);
    if (matrix >= MATRICES)
    {
        return;
    }

    INT64 size = COLUMN_PLANES * CHANNELS;
    GLOBAL const REAL *chunks = w + SUMS_AT + (matrix * CHUNKS * size) + column;
    GLOBAL REAL *merged = w + MERGED_AT + (matrix * size) + column;
    chain sum = empty_chain();
    chain squares = empty_chain();
    chain of_dy = empty_chain();
    chain products = empty_chain();
    REAL least = INFINITY;
    REAL squares_of_dy = 0;
    extended mean = extended_of(0, 0);
    for (INT64 chunk = 0; chunk < CHUNKS; chunk++)
    {
        GLOBAL const REAL *part = chunks + (chunk * size);
        if (FINDS_MOMENTS)
        {
            // With what the addition drops: means are not rounded.
            chain own = chain_at(part, CHANNELS, SUM);
            close_compensated_into(&sum, own);
            least = part[LEAST * CHANNELS] < least ? part[LEAST * CHANNELS] : least;
        }

        if (IS_BACKWARD)
        {
            chain own = chain_at(part, CHANNELS, DY);
            add_term(&of_dy, own.sum);
            of_dy.lost += own.lost;
            squares_of_dy += part[SQUARES_OF_DY * CHANNELS];
        }
    }

    if (FINDS_MOMENTS)
    {
        mean = mean_of_column(sum.sum, sum.lost, (REAL)ROWS);
        for (INT64 chunk = 0; chunk < CHUNKS; chunk++)
        {
            GLOBAL const REAL *part = chunks + (chunk * size);
            REAL distance = distance_of(n, part, mean, chunk);
            chain own = chain_at(part, CHANNELS, SQUARES);
            add_term(&squares, own.sum + own.lost);
            add_term(&squares, (rows_in(n, chunk) * distance) * distance);
        }
    }

    for (INT64 chunk = 0; chunk < CHUNKS && IS_BACKWARD; chunk++)
    {
        GLOBAL const REAL *part = chunks + (chunk * size);
        chain dy_of_chunk = chain_at(part, CHANNELS, DY);
        chain products_of_chunk = chain_at(part, CHANNELS, PRODUCTS);
        REAL dy_sum = dy_of_chunk.sum + dy_of_chunk.lost;
        REAL product = products_of_chunk.sum + products_of_chunk.lost;
        REAL distance = FINDS_MOMENTS ? distance_of(n, part, mean, chunk) : (REAL)0;
        if (COMPENSATES && FINDS_MOMENTS && CHUNKS > 1)
        {
            REAL of_all = column_scale(n, c, value_of_chain(squares), (REAL)ROWS);
            REAL of_part = column_scale(
                n, c, value_of_chain(chain_at(part, CHANNELS, SQUARES)), rows_in(n, chunk));
            product *= of_all / of_part;
            distance *= of_all;
        }

        add_term(&products, product);
        add_term(&products, distance * dy_sum);
    }

    merged[SUM * CHANNELS] = sum.sum;
    merged[SUM_LOST * CHANNELS] = sum.lost;
    merged[SQUARES * CHANNELS] = squares.sum;
    merged[SQUARES_LOST * CHANNELS] = squares.lost;
    merged[DY * CHANNELS] = of_dy.sum;
    merged[DY_LOST * CHANNELS] = of_dy.lost;
    merged[PRODUCTS * CHANNELS] = products.sum;
    merged[PRODUCTS_LOST * CHANNELS] = products.lost;
    merged[LEAST * CHANNELS] = least;
    merged[SQUARES_OF_DY * CHANNELS] = squares_of_dy;
}

DEVICE extended sum_of_column(GLOBAL const REAL *sums, INT64 channels)
{
    REAL lost = sums[SUM_LOST * channels];
    return extended_of(sums[SUM * channels], isfinite(lost) ? lost : (REAL)0);
}

// The columns of a group are its chunks.
DEVICE group_moments moments_of_columns(GLOBAL const INT64 *n, GLOBAL const REAL *merged)
{
    group_moments result;
    result.least = INFINITY;
    extended total = extended_of(0, 0);
    for (int unit = 0; unit < UNITS; unit++)
    {
        total = plus(total, sum_of_column(merged + unit, CHANNELS));
        REAL least = merged[(LEAST * CHANNELS) + unit];
        result.least = least < result.least ? least : result.least;
    }

    result.mean = over(total, (REAL)GROUP_SIZE);
    extended squares = extended_of(0, 0);
    for (int unit = 0; unit < UNITS; unit++)
    {
        squares = plus_number(squares, value_of_chain(chain_at(merged + unit, CHANNELS, SQUARES)));
        if (UNITS > 1)
        {
            extended own = over(sum_of_column(merged + unit, CHANNELS), (REAL)ROWS);
            REAL distance = (own.hi - result.mean.hi) + (own.lo - result.mean.lo);
            squares = plus_number(squares, ((REAL)ROWS * distance) * distance);
        }
    }

    result.variance = value_of(squares) / (REAL)GROUP_SIZE;
    return result;
}

// Statistics of every group whose statistics are not given.
KERNEL(TEAM) column_finish(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group >= GROUPS || (IS_REPEAT && is_done(n, w + GROUPS_AT + (group * NUMBERS_SIZE))))
    {
        return;
    }

    INT64 matrix = group / GROUPS_OF_MATRIX;
    INT64 column = (group - (matrix * GROUPS_OF_MATRIX)) * UNITS;
    GLOBAL REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);
    group_moments moments = moments_of_columns(n, w + MERGED_AT + (matrix * COLUMN_PLANES * CHANNELS) + column);
    moments = settled(
        n, moments, x, stretch_of((matrix * ROWS * CHANNELS) + column, (int)ROWS, CHANNELS, (int)UNITS));
    keep_moments(
        n, c, numbers, running_mean, running_spread, saved_mean, saved_inverse_std, group, column, moments);
    numbers[G_MOVED] = !IS_REPEAT && HAS_HINTS ? less_number(moments.mean, parameter(saved_mean, group, 0)) : (REAL)0;
    numbers[G_TRUSTED] = !IS_REPEAT && HAS_HINTS && trusts(c, moments, parameter(saved_mean, group, 0)) ? 1 : 0;
}

// What the sums of a group's columns make of its gradient.
KERNEL(TEAM) column_slopes(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group >= GROUPS)
    {
        return;
    }

    GLOBAL REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);

    // After a repetition the sums are those of the groups that needed it.
    if (IS_REPEAT && is_done(n, numbers))
    {
        return;
    }

    INT64 matrix = group / GROUPS_OF_MATRIX;
    INT64 column = (group - (matrix * GROUPS_OF_MATRIX)) * UNITS;
    GLOBAL const REAL *merged = w + MERGED_AT + (matrix * COLUMN_PLANES * CHANNELS) + column;
    REAL inverse = numbers[G_INVERSE_STD];
    extended sum_of_g = extended_of(0, 0);
    extended correlation = extended_of(0, 0);
    REAL squares_of_g = 0;
    for (int unit = 0; unit < UNITS && NEEDS_SUMS; unit++)
    {
        GLOBAL const REAL *sums = merged + unit;
        REAL dy_sum = value_of_chain(chain_at(sums, CHANNELS, DY));
        REAL products = value_of_chain(chain_at(sums, CHANNELS, PRODUCTS));
        REAL scale = scale_of(inverse);
        if (FINDS_MOMENTS && COMPENSATES)
        {
            products *= scale / column_scale(n, c, value_of_chain(chain_at(sums, CHANNELS, SQUARES)), (REAL)ROWS);
        }

        if (FINDS_MOMENTS && UNITS > 1)
        {
            // The column's own mean is the pivot of its products.
            extended own = over(sum_of_column(sums, CHANNELS), (REAL)ROWS);
            REAL distance = (own.hi - numbers[G_MEAN]) + (own.lo - numbers[G_MEAN_LOW]);
            products += (distance * scale) * dy_sum;
        }

        REAL for_gamma = normalized(products, inverse);
        REAL weight = parameter(gamma, column + unit, 1);
        sum_of_g = plus_number(sum_of_g, weight * dy_sum);
        correlation = plus_number(correlation, weight * for_gamma);
        squares_of_g += (sums[SQUARES_OF_DY * CHANNELS] * weight) * weight;
        write_terms(numbers, w + TERMS_AT + (((matrix * CHANNELS) + column + unit) * 2), for_gamma, dy_sum);
    }

    REAL mean_of_g = value_of(sum_of_g) / (REAL)GROUP_SIZE;
    REAL mean_of_products = value_of(correlation) / (REAL)GROUP_SIZE;
#if !COMPENSATES
    if (!IS_INFERENCE)
    {
        gradient_parts parts;
        parts.first = stretch_of((matrix * ROWS * CHANNELS) + column, (int)ROWS, CHANNELS, (int)UNITS);
        parts.parts = 1;
        parts.step = 0;
        parts.slot = column;
        parts.has_slots = 1;
        sum_gradient_again(n, c, numbers, x, dy, gamma, parts, squares_of_g, &mean_of_g, &mean_of_products);
    }
#endif
    write_slope(n, numbers, mean_of_g, mean_of_products);
}
