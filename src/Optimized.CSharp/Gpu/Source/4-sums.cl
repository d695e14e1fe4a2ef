// How sums are added: the tree of the CPU kernels, so that every bit agrees. 16 lanes; in each of them 4 chains of plain
// binary64 additions (Faithful), or 2 chains that keep what every addition drops (f64 data, Fast).

#define LANES 16
#define TURN 64

// Work-items that share a chunk: one for every lane of every chain.
#define TEAM 64

#if COMPENSATES
#define CHAINS 2
#else
#define CHAINS 4
#endif

// Numbers of scratch memory that a team needs for its sums.
#define TEAM_SCRATCH 128

typedef struct
{
    REAL sum;
    REAL lost;
} chain;

DEVICE chain empty_chain(void)
{
    chain result;
    result.sum = 0;
    result.lost = 0;
    return result;
}

DEVICE void add_with_lost(chain *to, REAL term)
{
    REAL next = to->sum + term;
    REAL part = next - to->sum;
    to->lost += (to->sum - (next - part)) + (term - part);
    to->sum = next;
}

DEVICE void add(chain *to, REAL term)
{
#if COMPENSATES
    add_with_lost(to, term);
#else
    to->sum += term;
#endif
}

DEVICE void add_square(chain *to, REAL a)
{
#if COMPENSATES
    add_with_lost(to, a * a);
#else
    to->sum = fma(a, a, to->sum);
#endif
}

DEVICE void add_product(chain *to, REAL a, REAL b)
{
#if COMPENSATES
    add_with_lost(to, a * b);
#else
    to->sum = fma(a, b, to->sum);
#endif
}

// The sum of a team's compensated chains, two a lane: lanes one after the other. All items call it, all get the result.
// A team that has no such sum calls it too, and gets 0: barriers are never left out by some condition.
DEVICE extended total_compensated(LOCAL REAL *scratch, chain own, int item, int has_sum)
{
    if (item < 2 * LANES)
    {
        scratch[item] = own.sum;
        scratch[(2 * LANES) + item] = own.lost;
    }

    BARRIER;
    if (item < LANES)
    {
        chain lane;
        lane.sum = scratch[item];
        lane.lost = scratch[(2 * LANES) + item] + scratch[(3 * LANES) + item];
        add_with_lost(&lane, scratch[LANES + item]);
        scratch[(4 * LANES) + item] = lane.sum;
        scratch[(5 * LANES) + item] = lane.lost;
    }

    BARRIER;
    if (item == 0)
    {
        extended total = extended_of(0, 0);
        for (int lane = 0; lane < (has_sum ? LANES : 0); lane++)
        {
            // An overflow leaves a NaN in the second part, which says nothing.
            REAL lost = scratch[(5 * LANES) + lane];
            total = plus(total, extended_of(scratch[(4 * LANES) + lane], isfinite(lost) ? lost : (REAL)0));
        }

        scratch[6 * LANES] = total.hi;
        scratch[(6 * LANES) + 1] = total.lo;
    }

    BARRIER;
    extended result = extended_of(scratch[6 * LANES], scratch[(6 * LANES) + 1]);
    BARRIER;
    return result;
}

// The sum of a team's chains: chains of a lane as a tree, then lanes by halves.
DEVICE extended total_of(LOCAL REAL *scratch, chain own, int item)
{
#if COMPENSATES
    return total_compensated(scratch, own, item, 1);
#else
    scratch[item] = own.sum;
    BARRIER;
    if (item < LANES)
    {
        scratch[item] = (scratch[item] + scratch[LANES + item])
            + (scratch[(2 * LANES) + item] + scratch[(3 * LANES) + item]);
    }

    for (int half_of = LANES / 2; half_of > 0; half_of /= 2)
    {
        BARRIER;
        if (item < half_of)
        {
            scratch[item] += scratch[half_of + item];
        }
    }

    BARRIER;
    extended result = extended_of(scratch[0], 0);
    BARRIER;
    return result;
#endif
}

// The sum of one lane for a column, all chains in one work-item.
typedef struct
{
    chain a;
    chain b;
    chain c;
    chain d;
} lane_sum;

DEVICE lane_sum empty_lane(void)
{
    lane_sum result;
    result.a = empty_chain();
    result.b = empty_chain();
    result.c = empty_chain();
    result.d = empty_chain();
    return result;
}

DEVICE void add_four(lane_sum *to, REAL a, REAL b, REAL c, REAL d)
{
    add(&to->a, a);
    add(&to->b, b);
    add(COMPENSATES ? &to->a : &to->c, c);
    add(COMPENSATES ? &to->b : &to->d, d);
}

DEVICE void add_four_squares(lane_sum *to, REAL a, REAL b, REAL c, REAL d)
{
    add_square(&to->a, a);
    add_square(&to->b, b);
    add_square(COMPENSATES ? &to->a : &to->c, c);
    add_square(COMPENSATES ? &to->b : &to->d, d);
}

// The sum of a lane, and what its additions dropped.
DEVICE chain close_compensated(chain a, chain b)
{
    a.lost += b.lost;
    add_with_lost(&a, b.sum);
    return a;
}

DEVICE chain close_lane(const lane_sum *lane)
{
#if COMPENSATES
    return close_compensated(lane->a, lane->b);
#else
    chain result = empty_chain();
    result.sum = (lane->a.sum + lane->b.sum) + (lane->c.sum + lane->d.sum);
    return result;
#endif
}

// Adds a finished sum to a total.
DEVICE void close_compensated_into(chain *total, chain part)
{
    REAL next = total->sum + part.sum;
    REAL own = next - total->sum;
    total->lost += ((total->sum - (next - own)) + (part.sum - own)) + part.lost;
    total->sum = next;
}

DEVICE void close_into(chain *total, chain part)
{
#if COMPENSATES
    close_compensated_into(total, part);
#else
    total->sum += part.sum;
#endif
}

// What is lost in an overflow says nothing.
DEVICE REAL value_of_chain(chain total)
{
    return isfinite(total.lost) ? total.sum + total.lost : total.sum;
}
