// Sums that plain binary64 does not hold (Faithful, f32 and bf16): an element next to the mean has for x̂ what is left of
// x − μ, so Σx has to be exact. Nearly always it is; else chunks are added again with twice the digits, and a group for
// which that does not do is added up as an integer.

#if WATCHES

// The smallest magnitude that is not 0.
DEVICE REAL least_of(REAL least, REAL value)
{
    REAL magnitude = fabs(value);
    return magnitude > 0 && magnitude < least ? magnitude : least;
}

// Whether sums of count elements in any order are exact within a number of binary digits: a sum of some of them is at most
// n·abs(μ) + √(nQ)/2, and a multiple of the last place of the smallest.
DEVICE int fits(REAL sum, REAL squares, REAL count, REAL least, int digits)
{
    REAL last = least * ldexp((REAL)1, -STORED_DIGITS);
    last = last < ldexp((REAL)1, STORED_LAST_PLACE) ? ldexp((REAL)1, STORED_LAST_PLACE) : last;
    REAL most = last * ldexp((REAL)1, digits);

    // (a + b)² ≤ 5a² + 5b²/4, and a little more because both are rounded.
    REAL little = (REAL)1 / 256;
    return ((5 + little) * sum * sum) + (((REAL)5 / 16 + little) * count * squares) <= most * most;
}

DEVICE int holds(REAL sum, REAL squares, REAL count, REAL least, REAL pivot)
{
    REAL magnitude = fabs(pivot);
    return fits(sum, squares, count, magnitude > 0 && magnitude < least ? magnitude : least, 53);
}

DEVICE int holds_in_two(group_moments moments, REAL m)
{
    REAL sum = moments.mean.hi * m;
    return fits(sum * m, (moments.variance * m) * m * m, m, moments.least, 100);
}

// An integer of 320 bits (two's complement) in units of 2⁻¹⁴⁹: 2³¹ elements fit.
#define LIMBS 5

DEVICE void add_shifted(UINT64 *limbs, UINT64 magnitude, int shift, int is_negative)
{
    int limb = shift / 64;
    int offset = shift % 64;
    UINT64 parts[2];
    parts[0] = magnitude << offset;
    parts[1] = offset == 0 ? 0 : magnitude >> (64 - offset);
    UINT64 carry = 0;
    for (int i = limb; i < LIMBS; i++)
    {
        UINT64 part = i - limb < 2 ? parts[i - limb] : 0;
        UINT64 before = limbs[i];
        if (is_negative)
        {
            UINT64 less = before - part;
            UINT64 result = less - carry;
            carry = (before < part) | (less < carry);
            limbs[i] = result;
        }
        else
        {
            UINT64 more = before + part;
            UINT64 result = more + carry;
            carry = (more < before) | (result < more);
            limbs[i] = result;
        }
    }
}

DEVICE void add_element(UINT64 *limbs, uint bits)
{
    int exponent = (int)((bits >> 23) & 255u);
    UINT64 fraction = bits & 0x7fffffu;

    // Subnormal numbers have the exponent of the smallest normal ones.
    add_shifted(
        limbs, exponent == 0 ? fraction : fraction | 0x800000u, (exponent == 0 ? 1 : exponent) - 1, (int)(bits >> 31));
}

// The nearest binary64 number, by the 64 highest bits.
DEVICE REAL leading(const UINT64 *limbs)
{
    UINT64 magnitude[LIMBS];
    int is_negative = (int)(limbs[LIMBS - 1] >> 63);
    UINT64 carry = (UINT64)is_negative;
    for (int i = 0; i < LIMBS; i++)
    {
        magnitude[i] = (is_negative ? ~limbs[i] : limbs[i]) + carry;
        carry = carry && magnitude[i] == 0;
    }

    int top = LIMBS - 1;
    while (top > 0 && magnitude[top] == 0)
    {
        top--;
    }

    UINT64 high = magnitude[top];
    int shift = 64 * top;
    if (top > 0)
    {
        int empty = 0;
        while (!(high >> 63))
        {
            high <<= 1;
            empty++;
        }

        high |= empty == 0 ? 0 : magnitude[top - 1] >> (64 - empty);
        shift -= empty;
    }

    REAL value = ldexp((REAL)high, shift);
    return is_negative ? -value : value;
}

// Takes a whole number off.
DEVICE void subtract_number(UINT64 *limbs, REAL value)
{
    if (value == 0)
    {
        return;
    }

    UINT64 bits = BITS_OF_DOUBLE(value);
    int exponent = (int)((bits >> 52) & 2047u) - 1075;
    UINT64 magnitude = (bits & 0xfffffffffffffUL) | 0x10000000000000UL;
    if (exponent < 0)
    {
        add_shifted(limbs, magnitude >> -exponent, 0, !(bits >> 63));
    }
    else
    {
        add_shifted(limbs, magnitude, exponent, !(bits >> 63));
    }
}

// Σx of a stretch without any rounding. Slow, and for groups alone whose magnitudes spread over more than two binary64
// numbers hold.
DEVICE extended exact_sum(GLOBAL const STORED *x, stretch all)
{
    UINT64 total[LIMBS];
    for (int i = 0; i < LIMBS; i++)
    {
        total[i] = 0;
    }

    for (int run = 0; run < all.runs; run++)
    {
        for (int i = 0; i < all.length; i++)
        {
            add_element(total, BITS(x, all.first + (run * all.distance) + i));
        }
    }

    REAL head = leading(total);
    subtract_number(total, head);
    REAL rest = leading(total);
    return of_sum(ldexp(head, STORED_STEPS), ldexp(rest, STORED_STEPS));
}
#endif
