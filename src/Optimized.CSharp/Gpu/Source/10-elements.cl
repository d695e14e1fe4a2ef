// The kernels that write: y = x̂·γ + β and dx, the same for all ops and layouts. Each item takes neighbouring elements.

#define ELEMENT_TEAM 256

// Where an element lies: its group, and its γ and β.
typedef struct
{
    INT64 group;
    uint slot;
} place;

DEVICE place place_of(GLOBAL const INT64 *n, uint i)
{
    place result;
    if (IS_ROWS)
    {
        uint row = i / (uint)GROUP_LENGTH;
        result.group = row;
        result.slot = i - (row * (uint)GROUP_LENGTH);
    }
    else if (IS_COLUMNS)
    {
        uint position = i / (uint)CHANNELS;
        result.slot = i - (position * (uint)CHANNELS);
        result.group = ((position / (uint)ROWS) * (uint)GROUPS_OF_MATRIX) + (result.slot / (uint)UNITS);
    }
    else
    {
        uint run = i / (uint)UNIT_LENGTH;
        result.slot = run % (uint)CHANNELS;
        result.group = SPANS_SAMPLES ? result.slot : run / (uint)UNITS;
    }

    return result;
}

// The element after one of the same line.
DEVICE place next_place(GLOBAL const INT64 *n, place at, place first, int steps)
{
    if (IS_ROWS || IS_COLUMNS)
    {
        at.slot = first.slot + (uint)steps;
        if (IS_COLUMNS)
        {
            uint offset = first.slot % (uint)UNITS;
            at.group = first.group + ((offset + (uint)steps) / (uint)UNITS);
        }
    }

    return at;
}

DEVICE REAL normalized_element(GLOBAL const REAL *numbers, REAL value)
{
    return fma(value - numbers[G_MEAN], numbers[G_INVERSE_STD], numbers[G_REST]);
}

// γ(x̂·r + d) + β = x̂·(γr) + (γd + β).
DEVICE REAL applied(
    GLOBAL const REAL *numbers, GLOBAL const PARAMETER *gamma, GLOBAL const PARAMETER *beta, uint slot, REAL value)
{
    REAL scale = parameter(gamma, slot, 1);
    REAL shift = parameter(beta, slot, 0);
    REAL d = numbers[G_D];
    return fma(normalized_element(numbers, value), scale * numbers[G_R], d == 0 ? shift : fma(scale, d, shift));
}

// dx = (γ·dy − Σg/m − x̂·Σ(g·x̂)/m)·r/σ; in inference (γ·dy)/σ whatever x is: an infinite x must not get in.
DEVICE REAL gradient_of(
    GLOBAL const INT64 *n, GLOBAL const REAL *numbers, GLOBAL const PARAMETER *gamma, uint slot, REAL value, REAL g)
{
    REAL scale = parameter(gamma, slot, 1);
    if (IS_INFERENCE)
    {
        return fma(fma(g, scale, (REAL)0), numbers[G_FACTOR], (REAL)0);
    }

    REAL moved = fma(g, scale, numbers[G_MEAN_OF_G]);
    return fma(normalized_element(numbers, value), numbers[G_CORRELATION], moved) * numbers[G_FACTOR];
}

KERNEL(ELEMENT_TEAM) apply(ARGUMENTS)
{
    int width = (int)ITEM_WIDTH;
    INT64 at = ((GROUP_ID * ELEMENT_TEAM) + LOCAL_ID) * width;
    if (at >= COUNT)
    {
        return;
    }

    place first = place_of(n, (uint)at);
    if (width == 1)
    {
        STORE(out, at, applied(w + GROUPS_AT + (first.group * NUMBERS_SIZE), gamma, beta, first.slot, LOAD(x, at)));
        return;
    }

    pack values = *(GLOBAL const pack *)(x + at);
    pack results;
    for (int j = 0; j < PACK; j++)
    {
        place here = next_place(n, first, first, j);
        GLOBAL const REAL *numbers = w + GROUPS_AT + (here.group * NUMBERS_SIZE);
        STORE_PRIVATE(
            results.element, j, applied(numbers, gamma, beta, here.slot, LOAD_PRIVATE(values.element, j)));
    }

    *(GLOBAL pack *)(out + at) = results;
}

KERNEL(ELEMENT_TEAM) gradient(ARGUMENTS)
{
    int width = (int)ITEM_WIDTH;
    INT64 at = ((GROUP_ID * ELEMENT_TEAM) + LOCAL_ID) * width;
    if (at >= COUNT)
    {
        return;
    }

    place first = place_of(n, (uint)at);
    if (width == 1)
    {
        GLOBAL const REAL *numbers = w + GROUPS_AT + (first.group * NUMBERS_SIZE);
        STORE(out, at, gradient_of(n, numbers, gamma, first.slot, LOAD(x, at), LOAD(dy, at)));
        return;
    }

    pack values = *(GLOBAL const pack *)(x + at);
    pack gradients = *(GLOBAL const pack *)(dy + at);
    pack results;
    for (int j = 0; j < PACK; j++)
    {
        place here = next_place(n, first, first, j);
        GLOBAL const REAL *numbers = w + GROUPS_AT + (here.group * NUMBERS_SIZE);
        REAL result = gradient_of(
            n, numbers, gamma, here.slot, LOAD_PRIVATE(values.element, j), LOAD_PRIVATE(gradients.element, j));
        STORE_PRIVATE(results.element, j, result);
    }

    *(GLOBAL pack *)(out + at) = results;
}

// A forward whose groups are one chunk each: x is read once, and normalized where it lies in local memory.
KERNEL(TEAM) stretch_whole(ARGUMENTS)
{
    TILE(tile);
    LOCAL_ARRAY REAL scratch[TEAM_SCRATCH];
    int item = LOCAL_ID;
    INT64 group = GROUP_ID;
    GLOBAL REAL *numbers = w + GROUPS_AT + (group * NUMBERS_SIZE);
    stretch all = group_stretch(n, group);
    fetch(n, x, all, tile, item, 1);
    chunk_moments chunk = moments_of(n, tile, all, scratch, item);
    if (item == 0)
    {
        group_moments moments;
        moments.mean = chunk.mean;
        moments.variance = chunk.squares / chunk.count;
        moments.least = chunk.least;
        moments = settled(n, moments, x, all);
        keep_moments(
            n, c, numbers, running_mean, running_spread, saved_mean, saved_inverse_std, group, group, moments);
    }

    BARRIER;
    int width = (int)ITEM_WIDTH;
    int each = all.length / width;
    int count = all.runs * each;
    for (int i = item; i < count; i += TEAM)
    {
        int run = i / each;
        int offset = (i - (run * each)) * width;
        INT64 at = all.first + (run * all.distance) + offset;
        INT64 line = (group * UNITS) + (offset / (int)UNIT_LENGTH);
        uint slot = IS_ROWS ? (uint)offset : (uint)(line % CHANNELS);
        if (width == 1)
        {
            STORE(out, at, applied(numbers, gamma, beta, slot, LOAD_LOCAL(tile, i)));
            continue;
        }

        pack results;
        for (int j = 0; j < PACK; j++)
        {
            REAL value = LOAD_LOCAL(tile, (i * width) + j);
            STORE_PRIVATE(
                results.element, j, applied(numbers, gamma, beta, slot + (IS_ROWS ? (uint)j : 0u), value));
        }

        *(GLOBAL pack *)(out + at) = results;
    }
}
