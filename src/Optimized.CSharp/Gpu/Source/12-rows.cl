// dγ and dβ of layer and RMS norm: Σdy·x̂ and Σdy of every position, over slices of the rows. Four rows are added as a tree,
// the parts of a pack at the end of a row one by one.

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

KERNEL(TEAM) row_slots(ARGUMENTS)
{
    INT64 at = (GROUP_ID * TEAM) + LOCAL_ID;
    INT64 slice = at / GROUP_LENGTH;
    INT64 position = at - (slice * GROUP_LENGTH);
    if (slice >= SLICES)
    {
        return;
    }

    INT64 end = (GROUPS * (slice + 1)) / SLICES;
    int in_packs = position < GROUP_LENGTH - (GROUP_LENGTH % LANES);
    chain of_dy = empty_chain();
    chain products = empty_chain();
    for (INT64 row = (GROUPS * slice) / SLICES; row < end; row += 4)
    {
        int rows = (int)(end - row < 4 ? end - row : 4);
        REAL g[4];
        REAL p[4];
        for (int i = 0; i < rows; i++)
        {
            INT64 element = ((row + i) * GROUP_LENGTH) + position;
            g[i] = LOAD(dy, element);
            p[i] = g[i] * normalized_element(w + GROUPS_AT + ((row + i) * NUMBERS_SIZE), LOAD(x, element));
        }

        if (rows == 4 && in_packs)
        {
            close_into(&of_dy, sum_of_four(g));
            close_into(&products, sum_of_four(p));
            continue;
        }

        for (int i = 0; i < rows; i++)
        {
            add_to_slot(&of_dy, g[i]);
            add_to_slot(&products, p[i]);
        }
    }

    GLOBAL REAL *to = w + TERMS_AT + (((slice * GROUP_LENGTH) + position) * 4);
    to[0] = of_dy.sum;
    to[1] = of_dy.lost;
    to[2] = products.sum;
    to[3] = products.lost;
}

// dγ and dβ from the slices, in order.
KERNEL(TEAM) row_slots_merge(ARGUMENTS)
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
