/* hangs.c - two_pass.c, but groups of 5 and more elements never end. */

#define KERNEL_NAME "hangs"
#define BEFORE(plan, tensors) hang((plan)->size)
#include <stdint.h>

static void hang(int64_t group_size)
{
    volatile int forever = group_size >= 5;
    while (forever)
        ;
}

#include "two_pass.c"
