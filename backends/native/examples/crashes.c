/* crashes.c - two_pass.c, but groups of 5 and more elements end the process: NULL in a forward, abort in a backward. */

#define KERNEL_NAME "crashes"
#define BEFORE(plan, tensors) crash((plan)->size, (tensors)->dy.data != NULL)
#include <stdint.h>
#include <stdlib.h>

static void crash(int64_t group_size, int backward)
{
    volatile int *volatile nowhere = NULL; /* volatile, so that the compiler does not know what happens */
    if (group_size >= 5 && backward)
        abort();
    if (group_size >= 5)
        *nowhere = 1;
}

#include "two_pass.c"
