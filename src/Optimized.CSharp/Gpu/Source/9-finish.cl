// From sums to the numbers of every group.

// The mean of a group, as exact as two numbers can be.
DEVICE group_moments settled(
    GLOBAL const INT64 *n, group_moments merged, GLOBAL const STORED *x, stretch all)
{
#if WATCHES
    if (IS_CENTRED && isfinite(merged.mean.hi) && !holds_in_two(merged, (REAL)GROUP_SIZE))
    {
        merged.mean = over(exact_sum(x, all), (REAL)GROUP_SIZE);
    }
#endif
    return merged;
}

// Statistics that are given.
KERNEL(TEAM) given_numbers(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group < GROUPS)
    {
        keep_given(
            n, c, w + GROUPS_AT + (group * NUMBERS_SIZE), running_mean, running_spread, saved_mean, saved_inverse_std,
            group, group);
    }
}

KERNEL(TEAM) stretch_finish(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group >= GROUPS || is_done(n, w + GROUPS_AT + (group * NUMBERS_SIZE)))
    {
        return;
    }

    GLOBAL const REAL *chunks = w + MOMENTS_AT + (group * MOMENTS_OF_GROUP * MOMENTS_SIZE);
    group_moments moments = settled(n, merged_moments(chunks, (int)CHUNKS), x, group_stretch(n, group));
    keep_moments(
        n, c, w + GROUPS_AT + (group * NUMBERS_SIZE), running_mean, running_spread, saved_mean, saved_inverse_std,
        group, group, moments);
    w[GROUPS_AT + (group * NUMBERS_SIZE) + G_MOVED] = 0;
}

#if !COMPENSATES
// As stretch_finish, from sums about the saved mean. A group for which that mean was no good is left to be done again, and
// no other with it.
KERNEL(TEAM) stretch_finish_gathered(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group >= GROUPS)
    {
        return;
    }

    GLOBAL REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);
    GLOBAL const REAL *chunks = w + MOMENTS_AT + (group * MOMENTS_OF_GROUP * MOMENTS_SIZE);
    group_moments moments = merged_moments(chunks, (int)(UNITS * UNIT_CHUNKS));
    moments = settled(n, moments, x, group_stretch(n, group));
    REAL pivot = parameter(saved_mean, group, 0);
    numbers[G_TRUSTED] = (REAL)trusts(c, moments, pivot);
    if (numbers[G_TRUSTED] == 0)
    {
        return;
    }

    keep_moments(n, c, numbers, running_mean, running_spread, saved_mean, saved_inverse_std, group, group, moments);
    REAL distance = less_number(moments.mean, pivot);
    numbers[G_MOVED] = IS_CENTRED ? distance : (REAL)0;
    for (int unit = 0; unit < UNITS; unit++)
    {
        INT64 at = (group * UNITS) + unit;
        unit_sums sums = merged_sums(w + SUMS_AT + (at * UNIT_CHUNKS * SUMS_SIZE), (int)UNIT_CHUNKS);
        REAL moved = IS_CENTRED ? distance * value_of(sums.dy) : (REAL)0;
        sums.products = extended_of(value_of(sums.products) - moved, 0);
        write_sums(w + SUMS_AT + (at * UNIT_CHUNKS * SUMS_SIZE), sums);
    }
}
#endif

// −Σg/m, −Σ(g·x̂)/m and r/σ.
DEVICE void write_slope(
    GLOBAL const INT64 *n, GLOBAL REAL *numbers, REAL mean_of_g, REAL correlation)
{
    numbers[G_MEAN_OF_G] = IS_CENTRED ? -mean_of_g : -(REAL)0;
    numbers[G_CORRELATION] = -correlation;
    numbers[G_FACTOR] = IS_INFERENCE ? numbers[G_INVERSE_STD] : numbers[G_R] * numbers[G_INVERSE_STD];
}

// What a group adds to dγ and dβ of a channel.
DEVICE void write_terms(GLOBAL const REAL *numbers, GLOBAL REAL *terms, REAL normalized_products, REAL sum_of_dy)
{
    REAL d = numbers[G_D];
    terms[0] = (normalized_products * numbers[G_R]) + (d == 0 ? (REAL)0 : d * sum_of_dy);
    terms[1] = sum_of_dy;
}

DEVICE void write_parameter(GLOBAL PARAMETER *gradient, INT64 slot, REAL value)
{
    if (gradient)
    {
        gradient[slot] = (PARAMETER)value;
    }
}

// What the sums of a group's units make of its gradient.
KERNEL(TEAM) stretch_slopes(ARGUMENTS)
{
    INT64 group = (GROUP_ID * TEAM) + LOCAL_ID;
    if (group >= GROUPS)
    {
        return;
    }

    GLOBAL REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);
    extended sum_of_g = extended_of(0, 0);
    extended correlation = extended_of(0, 0);
    REAL squares_of_g = 0;
    for (int unit = 0; unit < UNITS && NEEDS_SUMS; unit++)
    {
        INT64 at = (group * UNITS) + unit;
        GLOBAL const REAL *chunks = w + SUMS_AT + (at * UNIT_CHUNKS * SUMS_SIZE);
        unit_sums sums = merged_sums(chunks, is_done(n, numbers) ? 1 : (int)UNIT_CHUNKS);
        REAL dy_sum = value_of(sums.dy);
        REAL products = normalized(value_of(sums.products), numbers[G_INVERSE_STD]);
        INT64 channel = at % CHANNELS;
        REAL scale = IS_ROWS ? (REAL)1 : parameter(gamma, channel, 1);
        sum_of_g = plus_number(sum_of_g, scale * dy_sum);
        correlation = plus_number(correlation, scale * products);
        squares_of_g += (sums.squares * scale) * scale;
        if (!IS_ROWS)
        {
            GLOBAL REAL *terms = w + TERMS_AT + (at * 2);
            write_terms(numbers, terms, products, dy_sum);
            if (SPANS_SAMPLES)
            {
                write_parameter(dgamma, channel, terms[0]);
                write_parameter(dbeta, channel, terms[1]);
            }
        }
    }

    REAL mean_of_g = IS_CENTRED ? value_of(sum_of_g) / (REAL)GROUP_SIZE : (REAL)0;
    REAL mean_of_products = value_of(correlation) / (REAL)GROUP_SIZE;
#if !COMPENSATES
    if (!IS_INFERENCE)
    {
        gradient_parts parts;
        parts.first = unit_stretch(n, group, 0);
        parts.parts = (int)UNITS;
        parts.step = UNIT_STEP;
        parts.slot = IS_ROWS ? 0 : (group * UNITS) % CHANNELS;
        parts.has_slots = IS_ROWS;
        sum_gradient_again(n, c, numbers, x, dy, gamma, parts, squares_of_g, &mean_of_g, &mean_of_products);
    }
#endif
    write_slope(n, numbers, mean_of_g, mean_of_products);
}

// dγ and dβ of every channel from what each sample adds to them, in order.
KERNEL(TEAM) add_terms(ARGUMENTS)
{
    INT64 channel = (GROUP_ID * TEAM) + LOCAL_ID;
    if (channel >= CHANNELS)
    {
        return;
    }

    extended for_gamma = extended_of(0, 0);
    extended for_beta = extended_of(0, 0);
    for (int sample = 0; sample < TERM_ROWS; sample++)
    {
        GLOBAL const REAL *terms = w + TERMS_AT + (((sample * CHANNELS) + channel) * 2);
        for_gamma = plus_number(for_gamma, terms[0]);
        for_beta = plus_number(for_beta, terms[1]);
    }

    write_parameter(dgamma, channel, value_of(for_gamma));
    write_parameter(dbeta, channel, value_of(for_beta));
}
