// dx, dγ and dβ of layer and RMS norm: Σdy·x̂ and Σdy of every position, over slices of the rows. Four rows are added as a
// tree, the parts of a pack at the end of a row one by one.

DEVICE void add_to_slot(chain *total, REAL term)
{
    chain part = empty_chain();
    part.sum = term;
    close_into(total, part);
}

DEVICE chain sum_of_four(const REAL *terms)
{
    chain result = empty_chain();
#if COMPENSATES
    result.sum = terms[0];
    add_with_lost(&result, terms[1]);
    add_with_lost(&result, terms[2]);
    add_with_lost(&result, terms[3]);
#else
    result.sum = (terms[0] + terms[1]) + (terms[2] + terms[3]);
#endif
    return result;
}

// A team takes 32 positions of a slice; each of its items every 8th turn of a position. Turns are added in order, Σdy by the
// first items of the positions, Σdy·x̂ by the second ones.
#define SLOT_TEAM 256
#define SLOT_POSITIONS 32
#define SLOT_TURNS (SLOT_TEAM / SLOT_POSITIONS)
#define TURN_ROWS 4

KERNEL(SLOT_TEAM) row_gradient(ARGUMENTS)
{
    // Terms of a turn: one sum of four rows, or up to four rows one by one; and what a sum of four dropped.
    LOCAL_ARRAY REAL terms[2 * TURN_ROWS * SLOT_TEAM];
    LOCAL_ARRAY REAL lost[2 * SLOT_TEAM];
    int item = LOCAL_ID;
    int slot = item / SLOT_POSITIONS;
    int lane = item % SLOT_POSITIONS;
    INT64 blocks = (GROUP_LENGTH + SLOT_POSITIONS - 1) / SLOT_POSITIONS;
    INT64 slice = GROUP_ID / blocks;
    INT64 position = ((GROUP_ID - (slice * blocks)) * SLOT_POSITIONS) + lane;
    INT64 first = (GROUPS * slice) / SLICES;
    INT64 end = (GROUPS * (slice + 1)) / SLICES;
    INT64 turns = (end - first + TURN_ROWS - 1) / TURN_ROWS;
    int is_there = position < GROUP_LENGTH;
    int in_packs = position < GROUP_LENGTH - (GROUP_LENGTH % LANES);
    chain total = empty_chain();
    for (INT64 base = 0; base < turns; base += SLOT_TURNS)
    {
        INT64 row = first + ((base + slot) * TURN_ROWS);
        int rows = end - row < TURN_ROWS ? (int)(end - row) : TURN_ROWS;
        REAL g[TURN_ROWS];
        REAL p[TURN_ROWS];
        for (int i = 0; i < rows && is_there; i++)
        {
            INT64 element = ((row + i) * GROUP_LENGTH) + position;
            GLOBAL const REAL *numbers = w + GROUPS_AT + ((row + i) * NUMBERS_SIZE);
            REAL value = LOAD(x, element);
            g[i] = LOAD(dy, element);
            p[i] = g[i] * normalized_element(numbers, value);
            STORE(out, element, gradient_of(n, numbers, gamma, (uint)position, value, g[i]));
            terms[(2 * i * SLOT_TEAM) + item] = g[i];
            terms[(((2 * i) + 1) * SLOT_TEAM) + item] = p[i];
        }

        if (rows == TURN_ROWS && in_packs)
        {
            chain of_dy = sum_of_four(g);
            chain products = sum_of_four(p);
            terms[item] = of_dy.sum;
            lost[item] = of_dy.lost;
            terms[SLOT_TEAM + item] = products.sum;
            lost[SLOT_TEAM + item] = products.lost;
        }

        BARRIER;
        for (int turn = 0; turn < SLOT_TURNS && slot < 2 && is_there; turn++)
        {
            INT64 left = end - first - ((base + turn) * TURN_ROWS);
            int at = (turn * SLOT_POSITIONS) + lane;
            if (left >= TURN_ROWS && in_packs)
            {
                chain part;
                part.sum = terms[(slot * SLOT_TEAM) + at];
                part.lost = lost[(slot * SLOT_TEAM) + at];
                close_into(&total, part);
                continue;
            }

            for (int i = 0; i < TURN_ROWS && i < left; i++)
            {
                add_to_slot(&total, terms[(((2 * i) + slot) * SLOT_TEAM) + at]);
            }
        }

        BARRIER;
    }

    if (slot < 2 && is_there)
    {
        GLOBAL REAL *to = w + TERMS_AT + (((slice * GROUP_LENGTH) + position) * 4) + (2 * slot);
        to[0] = total.sum;
        to[1] = total.lost;
    }
}

// dγ and dβ from the slices, in order.
KERNEL(TEAM) row_merge(ARGUMENTS)
{
    INT64 position = (GROUP_ID * TEAM) + LOCAL_ID;
    if (position >= GROUP_LENGTH)
    {
        return;
    }

    chain totals[2];
    for (int slice = 0; slice < SLICES; slice++)
    {
        GLOBAL const REAL *from = w + TERMS_AT + (((slice * GROUP_LENGTH) + position) * 4);
        for (int i = 0; i < 2; i++)
        {
            chain part;
            part.sum = from[2 * i];
            part.lost = from[(2 * i) + 1];
            if (slice == 0)
            {
                totals[i] = part;
            }
            else
            {
                close_into(&totals[i], part);
            }
        }
    }

    write_parameter(dbeta, position, value_of_chain(totals[0]));
    write_parameter(dgamma, position, value_of_chain(totals[1]));
}
