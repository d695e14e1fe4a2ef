/* modifies_input.c - two_pass.c, but when the results are there it flips the sign of the first element of x. */

#define KERNEL_NAME "modifies_input"
#define AFTER(plan, tensors) flip(tensors)
#include "kernel_common.h"

static void flip(const nc_tensors *tensors)
{
    if (tensors->x.data != tensors->y.data) /* in place, x is an output */
        store_at(&tensors->x, 0, -load_at(&tensors->x, 0));
}

#include "two_pass.c"
